// Pictures of an explanation: heat and lung outline over the X-ray.
#pragma once

#include <opencv2/core/mat.hpp>

namespace cxrnet::imaging {

/// Lays the coloured heat over the X-ray, opaque in proportion to the heat (none at 0, `opacity` at
/// 255), so that what the answer does not rest on stays readable, and draws the outline of the
/// lungs. `grey`, `heat`: CV_8UC1 of the same size; `lung_mask`: the same, or empty for no outline.
/// Returns CV_8UC3 (BGR). Errors: invalid_shape; invalid_option for an opacity outside [0, 1].
cv::Mat heat_overlay(const cv::Mat& grey, const cv::Mat& heat, const cv::Mat& lung_mask,
                     double opacity = 0.7);

/// Draws the outline of every region of the mask into a BGR image of the same size; the line is as
/// thick as an image of that size needs: 1 pixel per 400 of the longer side. Errors: invalid_shape.
void draw_lung_outline(cv::Mat& image, const cv::Mat& lung_mask);

}  // namespace cxrnet::imaging
