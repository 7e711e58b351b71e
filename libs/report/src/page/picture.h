// Images inside a page.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "page/html.h"

namespace cxrnet::report {

inline constexpr int kLongestSide = 640;   ///< pixels of a picture's longer side, at most
inline constexpr int kShortestLong = 448;  ///< and at least, so that outlines are drawn fine
inline constexpr int kThumbnailSide = 96;

/// RFC 4648, section 4.
std::string base64(std::string_view bytes);

/// `image` so scaled that its longer side is `side` pixels; the other is at least 1. Any type.
cv::Mat scaled_to(const cv::Mat& image, int side);

/// The longer side at which an image of that size is shown: its own within [kShortestLong,
/// kLongestSide].
int shown_side(cv::Size size);

/// `<img>` with the JPEG inside. `image`: CV_8UC1 or CV_8UC3 (BGR). An empty alternative text marks
/// a decoration. Errors: invalid_shape.
Html inline_image(const cv::Mat& image, std::string_view alternative_text);

}  // namespace cxrnet::report
