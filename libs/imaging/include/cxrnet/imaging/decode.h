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
/// Longer side / shorter side; no radiograph reaches it (a stitched one of a whole body has 4).
inline constexpr int64_t kMaxAspect = 5;

/// What a DICOM file says of itself that makes it doubtful whether this is a frontal view of a
/// chest as people would look at it; what certainly is not is refused.
enum class Doubt {
  view,         ///< an oblique view, or attributes that contradict each other or hint at a lateral
  body_part,    ///< a part beside the chest, an unknown one, or contradictions
  orientation,  ///< mirrored or turned by Patient Orientation; the pixels are as they are stored
  for_processing,  ///< detector values before the maker's processing
  secondary,       ///< a screen capture or another secondary picture: writing may be burnt in
  polarity,        ///< two attributes contradict each other about which end is white
};

/// A grey image as a viewer would show it.
struct GreyImage {
  cv::Mat pixels;           ///< CV_8UC1 or CV_16UC1 [rows, columns]; 0 = black, the type's highest
                            ///< value = white; upright
  std::string format;       ///< "png", "jpeg", "tiff", "bmp" or "dicom"
  int stored_bits = 8;      ///< bits per sample in the file (DICOM: Bits Stored)
  bool was_colour = false;  ///< folded to grey
  bool inverted = false;    ///< the file stores white as its smallest value, and was turned
  bool range_measured = false;  ///< black and white are not stated and come from the pixels
  std::vector<Doubt> doubts;    ///< DICOM alone
};

/// Decodes one image; the kind is found from the bytes, never from a name. Safe on arbitrary bytes:
/// sizes are checked in the headers before memory is taken, and nothing is printed.
///
/// Rules: colour becomes Rec. 601 luma (0.299 R + 0.587 G + 0.114 B; a grey picture stored as
/// colour keeps its values); alpha is ignored; an EXIF or TIFF orientation is applied. A TIFF with
/// several pages is refused, unless the further ones are thumbnails. DICOM: see dicom.h.
///
/// 8-bit rasters are shown as they are stored. 16-bit ones do not say what they hold: where the
/// picture (burnt-in markers of up to a tenth of it and hot pixels set aside) uses both halves of
/// the codes, or every pixel repeats its byte, they are display values and keep their places;
/// otherwise, as from detectors of 10 to 15 bits, the picture's 0.5 and 99.5 percentiles become
/// black and white. Min-is-white is turned after that.
///
/// Not read, and named in the refusal: 12-bit, lossless and JPEG-LS files, BMP with run lengths,
/// TIFF with floating-point or 32-bit samples, and what is no such file at all
/// (unsupported_format).
///
/// Errors: empty_input; unsupported_format; corrupt_image (truncated or damaged); image_too_small
/// (a side below kMinSide); image_too_large (more than kMaxPixels); extreme_aspect (a side more
/// than kMaxAspect times the other); unsupported_colour (CMYK); multi_frame (TIFF pages);
/// no_contrast (fewer than 4 of 256 grey levels between the 1 and the 99 percentile); and those of
/// decode_dicom.
GreyImage decode_image(std::string_view bytes);

/// For a TIFF or BMP whose stored values another decoder reads (masks): looks at its header before
/// memory is taken. Errors: image_too_large (more than kMaxPixels); corrupt_image.
void require_bounded_raster(std::string_view bytes);

/// CV_8UC1: 8-bit images share their pixels, 16-bit ones are divided by 257.
cv::Mat to_8bit(const GreyImage& image);

}  // namespace cxrnet::imaging
