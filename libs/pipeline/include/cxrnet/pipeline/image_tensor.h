// Between OpenCV's images and libtorch's tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <opencv2/core/mat.hpp>

namespace cxrnet::pipeline {

/// 8UC1 [H, W] to f32 [1, 1, H, W] in [0, 1]. Errors: invalid_shape.
at::Tensor to_tensor(const cv::Mat& grey);

/// f32 [1, 1, H, W] in [0, 1] to 8UC1 [H, W], rounded. Errors: invalid_shape.
cv::Mat to_image(const at::Tensor& image);

}  // namespace cxrnet::pipeline
