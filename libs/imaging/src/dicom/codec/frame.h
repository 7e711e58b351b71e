// One compressed frame: what data set and codestream say of it, and its samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::imaging {

/// Size and depth of a frame, by the data set or by the header of the codestream.
struct FrameShape {
  int columns = 0;
  int rows = 0;
  int samples = 1;  ///< per pixel
  int bits = 0;     ///< per sample: allocated by the data set, or used by the codestream

  std::size_t pixels() const {
    return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
  }
  std::size_t values() const { return pixels() * static_cast<std::size_t>(samples); }
};

/// What three samples of a pixel are, where the codestream tells.
enum class FrameColour { unstated, rgb, ybr };

struct Frame {
  std::vector<uint16_t> values;  ///< [rows, columns, samples] in the low `bits` of each word
  int bits = 0;                  ///< by the codestream
  FrameColour colour = FrameColour::unstated;
};

/// Throws corrupt_image unless the codestream's header tells the size and the samples that the data
/// set does, in no more bits than it allocates. Decoders take memory for, and make up, what a
/// wrong header says; so this comes first.
void require_same_shape(std::string_view subject, const FrameShape& codestream,
                        const FrameShape& data_set);

// Each decodes the codestream of one frame; what is missing in it is never made up. Errors:
// corrupt_image, unsupported_format, unsupported_colour.
Frame decode_jpeg_frame(const std::string& codestream, const FrameShape& data_set);
Frame decode_jpeg_ls_frame(const std::string& codestream, const FrameShape& data_set);
Frame decode_jpeg2000_frame(const std::string& codestream, const FrameShape& data_set);
Frame decode_rle_frame(const std::string& codestream, const FrameShape& data_set);

}  // namespace cxrnet::imaging
