// The raster formats, each by its own library: OpenCV's decoders fill up truncated files with grey,
// take any size that a header states, and print what went wrong instead of reporting it.
#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cxrnet::imaging {

/// What a codec hands over: upright grey codes as they are stored. What they mean is found later
/// (see grey/presentation.h).
struct Raster {
  cv::Mat codes;  ///< CV_8UC1, or CV_16UC1 for more than 8 stored bits
  std::string format;
  int stored_bits = 8;  ///< per sample; fewer than 8 are spread over 0 … 255 already
  bool is_signed = false;
  bool was_colour = false;
  bool min_is_white = false;
};

/// The decoder of the bytes' format, or nothing when they are none of the four.
using RasterDecoder = Raster (*)(std::string_view bytes);
std::optional<RasterDecoder> find_raster_decoder(std::string_view bytes);

// Errors as decode_image.
Raster decode_png(std::string_view bytes);
Raster decode_jpeg(std::string_view bytes);
Raster decode_tiff(std::string_view bytes);
Raster decode_bmp(std::string_view bytes);

// As require_bounded_raster.
void require_bounded_tiff(std::string_view bytes);
void require_bounded_bmp(std::string_view bytes);

/// Rec. 601 luma of an RGB image; grey images as they are. Equal red, green and blue keep their
/// value.
cv::Mat folded_to_grey(const cv::Mat& image);

}  // namespace cxrnet::imaging
