// Images to file bytes.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

namespace cxrnet::imaging {

/// PNG of CV_8UC1, CV_16UC1 or CV_8UC3 (BGR). Errors: invalid_shape.
std::string encode_png(const cv::Mat& image);

/// 1-bit grey PNG of a CV_8UC1 mask: white where it is not 0. Errors: invalid_shape.
std::string encode_png_1bit(const cv::Mat& mask);

/// Baseline JPEG of CV_8UC1 or CV_8UC3 (BGR) at quality 1 … 100. Errors: invalid_shape,
/// invalid_option.
std::string encode_jpeg(const cv::Mat& image, int quality);

}  // namespace cxrnet::imaging
