// The colour map of heat maps.
#pragma once

#include <array>
#include <opencv2/core/matx.hpp>

namespace cxrnet::imaging {

/// Inferno (Smith and van der Walt, matplotlib 2015; the values are OpenCV's): perceptually
/// uniform, its lightness rises throughout, so that it also reads in grey and for colour-blind
/// eyes. Entry i is the BGR colour of heat i / 255.
const std::array<cv::Vec3b, 256>& heat_colours();

/// The colour of each heat value. `heat`: CV_8UC1; returns CV_8UC3 (BGR). Errors: invalid_shape.
cv::Mat colour_heat(const cv::Mat& heat);

}  // namespace cxrnet::imaging
