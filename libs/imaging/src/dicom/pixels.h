// The pixel matrix of a DICOM image as it is stored, whatever its encoding.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/codec/frame.h"
#include "dicom/file.h"

namespace cxrnet::imaging {

/// How the pixels are stored (PS3.5 section 8).
struct PixelLayout {
  int columns = 0, rows = 0;
  int samples = 1;         ///< per pixel: 1 or 3
  int allocated_bits = 0;  ///< 8 or 16
  int stored_bits = 0;     ///< 1 … allocated_bits
  int high_bit = 0;        ///< the most significant stored bit
  bool is_signed = false;

  FrameShape shape() const { return {columns, rows, samples, allocated_bits}; }
};

/// Reads and checks the layout. Errors: corrupt_image, unsupported_format, image_too_small,
/// image_too_large.
PixelLayout read_pixel_layout(DcmDataset& data_set);

struct StoredPixels {
  PixelLayout layout;           ///< with no more bits than a codestream uses
  std::vector<uint16_t> codes;  ///< [rows, columns, samples], each in [0, 2^stored_bits)
  FrameColour colour = FrameColour::unstated;  ///< by the codestream
};

/// Reads native pixels, or decodes those of one frame. Errors: unsupported_transfer_syntax,
/// corrupt_image, multi_frame, and those of the codecs.
StoredPixels read_stored_pixels(DicomFile& file, const PixelLayout& layout);

}  // namespace cxrnet::imaging
