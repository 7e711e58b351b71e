// From the bytes of a file to a grey image: PNG, JPEG, TIFF, BMP and DICOM (CR, DX) through one
// door.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::imaging {

inline constexpr int64_t kMinSide = 32;  ///< pixels; smaller pictures cannot show a chest
inline constexpr int64_t kMaxPixels =
    100'000'000;  ///< larger pictures are refused before memory is taken

/// What the 16-bit values of an image mean; it decides how they become 8-bit (see to_8bit).
enum class Scale {
  display,  ///< the full range of the element type is black to white
  raw,      ///< detector counts that use a part of the range
};

/// What a DICOM file says of itself that makes it doubtful whether this is a frontal view of a
/// chest for people to look at; what certainly is not is refused.
enum class Doubt {
  view,         ///< an oblique view, or attributes that contradict each other or hint at a lateral
  body_part,    ///< a part beside the chest, an unknown one, or contradictions
  orientation,  ///< mirrored or turned by Patient Orientation; the pixels are as they are stored
  for_processing,  ///< detector values before the maker's processing
  secondary,       ///< a screen capture or another secondary picture: writing may be burnt in
};

/// A grey image as a viewer would show it.
struct GreyImage {
  cv::Mat pixels;                ///< CV_8UC1 or CV_16UC1 [rows, columns], 0 = black, upright
  Scale scale = Scale::display;  ///< CV_8UC1 is always `display`
  std::string format;            ///< "png", "jpeg", "tiff", "bmp" or "dicom"
  int stored_bits = 8;           ///< bits per sample in the file (DICOM: Bits Stored)
  bool was_colour = false;       ///< folded to grey
  bool inverted = false;         ///< the file stores white as 0 (MONOCHROME1, TIFF min-is-white)
  std::vector<Doubt> doubts;     ///< DICOM alone
};

/// Decodes one image; the kind is found from the bytes, never from a name. Safe on arbitrary bytes:
/// sizes are checked in the headers before memory is taken, and nothing is printed.
///
/// Rules: colour becomes Rec. 601 luma (0.299 R + 0.587 G + 0.114 B; a grey picture stored as
/// colour keeps its values); alpha is ignored; an EXIF or TIFF orientation is applied. 16-bit
/// pictures in which some pixel reaches the upper half of the range are display values, those that
/// stay below (10- to 15-bit detectors in 16-bit files) are `raw`. A TIFF with several pages is
/// refused, unless the further ones are thumbnails. DICOM: see dicom.h.
///
/// Not read: 12-bit and lossless JPEG, BMP with run lengths, TIFF with signed, floating-point or
/// tiled 16-bit samples (unsupported_format).
///
/// Errors: empty_input; unsupported_format; corrupt_image (truncated or damaged); image_too_small
/// (a side below kMinSide); image_too_large (more than kMaxPixels); unsupported_colour (CMYK);
/// multi_frame (TIFF pages); no_contrast (fewer than 4 of 256 grey levels between the 1 and the 99
/// percentile); and those of decode_dicom.
GreyImage decode_image(std::string_view bytes);

/// CV_8UC1; 8-bit images share their pixels. `display` values are scaled plainly (so that an 8-bit
/// picture saved with 16 bits comes out the same); `raw` ones are stretched from their 0.5 to
/// their 99.5 percentile, beyond which they are clipped: hot pixels and burnt-in markers must not
/// squeeze the chest into a few grey levels.
cv::Mat to_8bit(const GreyImage& image);

}  // namespace cxrnet::imaging
