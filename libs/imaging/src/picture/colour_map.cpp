#include "cxrnet/imaging/colour_map.h"

#include <opencv2/imgproc.hpp>

#include "bounds/mat_check.h"

namespace cxrnet::imaging {

cv::Mat colour_heat(const cv::Mat& heat) {
  require_grey8(heat, "heat map");
  cv::Mat coloured;
  cv::applyColorMap(heat, coloured, cv::COLORMAP_INFERNO);
  return coloured;
}

const std::array<cv::Vec3b, 256>& heat_colours() {
  static const auto colours = [] {
    cv::Mat ramp(1, 256, CV_8UC1);
    for (int i = 0; i < 256; ++i) ramp.at<uchar>(i) = static_cast<uchar>(i);
    const cv::Mat coloured = colour_heat(ramp);
    std::array<cv::Vec3b, 256> table;
    for (int i = 0; i < 256; ++i) table[i] = coloured.at<cv::Vec3b>(i);
    return table;
  }();
  return colours;
}

}  // namespace cxrnet::imaging
