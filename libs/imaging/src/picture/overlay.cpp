#include "cxrnet/imaging/overlay.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "bounds/mat_check.h"
#include "cxrnet/core/error.h"
#include "cxrnet/imaging/colour_map.h"

namespace cxrnet::imaging {
namespace {

// Cyan stands out from the grey X-ray and from every colour of the heat map.
constexpr std::array<double, 3> kOutlineBgr{230, 210, 40};

int line_thickness(cv::Size size) {
  constexpr int kPixelsPerLineWidth = 400;
  return std::max(
      1, (std::max(size.width, size.height) + kPixelsPerLineWidth / 2) / kPixelsPerLineWidth);
}

// What a heat value makes of a grey value: grey x kept + colour.
struct Blend {
  float kept;
  cv::Vec3f colour;

  cv::Vec3b operator()(uchar grey) const {
    const float base = kept * static_cast<float>(grey);
    return {rounded(base + colour[0]), rounded(base + colour[1]), rounded(base + colour[2])};
  }

 private:
  static uchar rounded(float value) { return static_cast<uchar>(value + 0.5F); }  // 0 ... 255
};

std::array<Blend, 256> blends(double opacity) {
  const auto& colours = heat_colours();
  std::array<Blend, 256> all;
  for (std::size_t value = 0; value < all.size(); ++value) {
    const auto alpha = static_cast<float>(opacity * static_cast<double>(value) / 255.0);
    all[value] = {1.0F - alpha, cv::Vec3f(colours[value]) * alpha};
  }
  return all;
}

}  // namespace

void draw_lung_outline(cv::Mat& image, const cv::Mat& lung_mask) {
  require_grey8(lung_mask, "lung mask");
  require_size(lung_mask, image.size(), "lung mask");
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(lung_mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  const auto [blue, green, red] = kOutlineBgr;
  cv::drawContours(image, contours, -1, cv::Scalar(blue, green, red), line_thickness(image.size()),
                   cv::LINE_AA);
}

cv::Mat heat_overlay(const cv::Mat& grey, const cv::Mat& heat, const cv::Mat& lung_mask,
                     double opacity) {
  require_grey8(grey, "X-ray");
  require_grey8(heat, "heat map");
  require_size(heat, grey.size(), "heat map");
  if (!(opacity >= 0.0 && opacity <= 1.0)) {
    throw Error(ErrorCode::invalid_option,
                "overlay opacity: expected 0 … 1, got " + std::to_string(opacity) + "; correct it");
  }
  const auto blend_of = blends(opacity);
  cv::Mat result(grey.size(), CV_8UC3);
  for (int row = 0; row < grey.rows; ++row) {
    const uchar* greys = grey.ptr(row);
    const uchar* heats = heat.ptr(row);
    auto* blended = result.ptr<cv::Vec3b>(row);
    for (int column = 0; column < grey.cols; ++column)
      blended[column] = blend_of[heats[column]](greys[column]);
  }
  if (!lung_mask.empty()) draw_lung_outline(result, lung_mask);
  return result;
}

}  // namespace cxrnet::imaging
