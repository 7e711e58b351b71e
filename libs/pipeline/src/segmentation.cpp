#include "cxrnet/pipeline/segmentation.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "cxrnet/engine/engine.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/image_tensor.h"

namespace cxrnet::pipeline {
namespace {

constexpr std::size_t kLungs = 2;
constexpr double kSmallestPart = 0.01;  // of the image's area

}  // namespace

cv::Mat lungs_from_probability(const at::Tensor& probability) {
  cv::Mat mask;
  cv::threshold(to_image(probability), mask, 127, 255, cv::THRESH_BINARY);
  return keep_two_lungs(mask);
}

cv::Mat keep_two_lungs(const cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(mask, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::sort(outlines.begin(), outlines.end(),
            [](const auto& a, const auto& b) { return cv::contourArea(a) > cv::contourArea(b); });
  cv::Mat lungs = cv::Mat::zeros(mask.size(), CV_8UC1);
  const double smallest = kSmallestPart * static_cast<double>(mask.total());
  for (std::size_t i = 0; i < std::min(kLungs, outlines.size()); ++i) {
    if (cv::contourArea(outlines[i]) < smallest) break;
    cv::drawContours(lungs, outlines, static_cast<int>(i), cv::Scalar(255), cv::FILLED);
  }
  return lungs;
}

cv::Mat segment_lungs(engine::SegmenterEngine& segmenter, const cv::Mat& square) {
  return lungs_from_probability(segmenter.probability(to_tensor(square)));
}

cv::Mat segment_lungs(nn::UNet& segmenter, const cv::Mat& square) {
  const at::NoGradGuard no_grad;
  return lungs_from_probability(at::sigmoid(segmenter->forward(to_tensor(square))));
}

double lung_fraction(const cv::Mat& mask) {
  return mask.empty()
             ? 0.0
             : static_cast<double>(cv::countNonZero(mask)) / static_cast<double>(mask.total());
}

}  // namespace cxrnet::pipeline
