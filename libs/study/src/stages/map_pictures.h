// Pictures of heat maps for a page.
#pragma once

#include <ATen/core/Tensor.h>

#include <opencv2/core/mat.hpp>

namespace cxrnet::study {

/// Heat [1, 1, H, W] over the grey image of the same size; `lungs` may be empty. CV_8UC3.
cv::Mat draw_heat(const cv::Mat& grey, const at::Tensor& heat, const cv::Mat& lungs);

/// The grey image with the outline of `found` in cyan and of `annotated` in orange; both 8UC1 of
/// its size, or empty. CV_8UC3.
cv::Mat draw_outlines(const cv::Mat& grey, const cv::Mat& found, const cv::Mat& annotated);

/// The grey image with `annotated`, 8UC1 of its size, tinted and outlined in orange. CV_8UC3.
cv::Mat draw_region(const cv::Mat& grey, const cv::Mat& annotated);

}  // namespace cxrnet::study
