#include "stages/map_pictures.h"

#include <ATen/Functions.h>

#include <opencv2/imgproc.hpp>
#include <vector>

#include "cxrnet/imaging/overlay.h"
#include "cxrnet/pipeline/image_tensor.h"

namespace cxrnet::study {
namespace {

constexpr int kPictureSide = 256;  // enlarged before drawing, so that outlines stay fine
constexpr double kTint = 0.25;
const cv::Scalar kAnnotatedBgr(60, 170, 255);

cv::Mat enlarge(const cv::Mat& image, int interpolation) {
  if (image.empty() || image.cols >= kPictureSide) return image;
  cv::Mat large;
  cv::resize(image, large, {kPictureSide, kPictureSide}, 0, 0, interpolation);
  return large;
}

}  // namespace

cv::Mat draw_heat(const cv::Mat& grey, const at::Tensor& heat, const cv::Mat& lungs) {
  return imaging::heat_overlay(enlarge(grey, cv::INTER_CUBIC),
                               enlarge(pipeline::to_image(heat), cv::INTER_LINEAR),
                               enlarge(lungs, cv::INTER_NEAREST));
}

cv::Mat draw_outlines(const cv::Mat& grey, const cv::Mat& found, const cv::Mat& annotated) {
  cv::Mat picture;
  cv::cvtColor(enlarge(grey, cv::INTER_CUBIC), picture, cv::COLOR_GRAY2BGR);
  if (!annotated.empty()) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(enlarge(annotated, cv::INTER_NEAREST), contours, cv::RETR_EXTERNAL,
                     cv::CHAIN_APPROX_NONE);
    cv::drawContours(picture, contours, -1, kAnnotatedBgr, 1, cv::LINE_AA);
  }
  if (!found.empty()) imaging::draw_lung_outline(picture, enlarge(found, cv::INTER_NEAREST));
  return picture;
}

cv::Mat draw_region(const cv::Mat& grey, const cv::Mat& annotated) {
  const cv::Mat outlined = draw_outlines(grey, {}, annotated);
  const cv::Mat plain(outlined.size(), CV_8UC3, kAnnotatedBgr);
  cv::Mat tinted;
  cv::addWeighted(outlined, 1.0 - kTint, plain, kTint, 0.0, tinted);
  cv::Mat picture = outlined.clone();
  tinted.copyTo(picture, enlarge(annotated, cv::INTER_NEAREST));
  return picture;
}

}  // namespace cxrnet::study
