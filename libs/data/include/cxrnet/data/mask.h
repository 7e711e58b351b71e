// Masks that people and other programs drew: which pixels are lung (or lesion), whatever numbers or
// colours say so. One reader for all that takes masks from files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::data {

/// What a mask shows. Lungs are known by their place, so that more can be told of theirs.
enum class MaskOf { lungs, lesions };

/// The pixels of a mask's file as they are stored, row by row, channels interleaved.
struct MaskPixels {
  int64_t height = 0, width = 0;
  int channels = 1;              ///< 1 grey, 2 grey and alpha, 3 red green blue, 4 with alpha
  std::vector<uint16_t> values;  ///< [height · width · channels]
  int step = 1;                  ///< what the decoder multiplied the file's numbers by
  int opaque = 255;              ///< the largest alpha
  bool is_lossy = false;         ///< JPEG: values ring about what was meant
  std::vector<uint8_t> indices;  ///< [height · width] of a palette whose colours are `values`
};

struct Mask {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> inside;  ///< [height · width], 1 or 0
};

/// Two values or colours: the brighter one is inside (0 and 1, 0 and 255, 16 bits, whatever colours
/// a palette gives; where colours are equal, its numbers count). Shades about two values, from JPEG
/// or from resizing: cut half-way. Three: both brighter ones are inside; of lungs only if they lie
/// side by side, as left and right lung. A constant colour under an alpha that varies: the alpha.
///
/// Errors: corrupt_image with what was found (how many values, which) for one value everywhere,
/// more labels, a picture; of lungs also for those that fill the border (an inverted mask) or next
/// to nothing.
Mask interpret_mask(const MaskPixels& pixels, MaskOf what);

/// Whether `decode_mask_pixels` knows the bytes' format.
bool is_mask_format(std::string_view bytes);

/// Decodes PNG (1 to 16 bits, grey, colour, palette, alpha) and JPEG. Errors: unsupported_format,
/// corrupt_image, image_too_large (a side beyond 16384 pixels, 100 million pixels).
MaskPixels decode_mask_pixels(std::string_view bytes);

}  // namespace cxrnet::data
