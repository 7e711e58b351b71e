// The raster formats, each by its own library: OpenCV's decoders fill up truncated files with grey,
// take any size that a header states, and print what went wrong instead of reporting it.
#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>
#include <string_view>

#include "cxrnet/imaging/decode.h"

namespace cxrnet::imaging {

/// The decoder of the bytes' format, or nothing when they are none of the four.
using RasterDecoder = GreyImage (*)(std::string_view bytes);
std::optional<RasterDecoder> find_raster_decoder(std::string_view bytes);

// Each returns a grey image (scale not yet decided for 16 bits); errors as decode_image.
GreyImage decode_png(std::string_view bytes);
GreyImage decode_jpeg(std::string_view bytes);
GreyImage decode_tiff(std::string_view bytes);
GreyImage decode_bmp(std::string_view bytes);

/// Rec. 601 luma of an RGB image; grey images as they are. Equal red, green and blue keep their
/// value.
cv::Mat folded_to_grey(const cv::Mat& image);

}  // namespace cxrnet::imaging
