// Lung masks from a trained U-Net (paper, section III-A).
#pragma once

#include <ATen/core/Tensor.h>

#include <opencv2/core/mat.hpp>

#include "cxrnet/engine/forward.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet::pipeline {

/// Lungs of a square 8UC1 image: 8UC1, 0 or 255, same size. The network's probability is cut at one
/// half; then holes are filled and the two largest parts kept, since there are two lungs; parts
/// below 1 % of the image are dropped.
cv::Mat segment_lungs(engine::SegmenterEngine& segmenter, const cv::Mat& square);
/// The same by nn itself, for a network that is still being studied.
cv::Mat segment_lungs(nn::UNet& segmenter, const cv::Mat& square);

/// The same from the segmenter's answer, a probability [1, 1, S, S].
cv::Mat lungs_from_probability(const at::Tensor& probability);

/// The clean-up alone, of a mask 8UC1.
cv::Mat keep_two_lungs(const cv::Mat& mask);

/// Share of non-zero pixels, in [0, 1].
double lung_fraction(const cv::Mat& mask);

}  // namespace cxrnet::pipeline
