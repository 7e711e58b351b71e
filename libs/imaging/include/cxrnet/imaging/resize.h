// From an X-ray of any size to the networks' square and back, the same in training and in
// inference.
#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::imaging {

/// Where a source image lies in its square, so that masks and heat maps find the way back.
struct Placement {
  cv::Size source;   ///< the source image, pixels
  int side = 0;      ///< of the square, pixels
  cv::Rect content;  ///< what the source covers in the square; the rest is padding
};

/// The placement of a source of that size. Squeeze: the whole square. Keep: the longer side fills
/// the square, the other is centred (an odd pixel of padding goes right or below). Errors:
/// invalid_shape for an empty source or square.
Placement place_in_square(cv::Size source, int side, nn::Aspect aspect);

/// Resizes (INTER_AREA when it shrinks, INTER_CUBIC when it enlarges) and pads with black. A source
/// that already has the square's size comes out unchanged. `placement`, if given, receives the way
/// back. Type as the source's.
cv::Mat resize_to_square(const cv::Mat& source, int side, nn::Aspect aspect,
                         Placement* placement = nullptr);

/// Cuts the content out of a square [side, side] and resizes it to the source's size. Use
/// cv::INTER_LINEAR for heat maps and cv::INTER_NEAREST for labels. Errors: invalid_shape unless
/// the square has the placement's side.
cv::Mat back_to_source(const cv::Mat& square, const Placement& placement, int interpolation);

}  // namespace cxrnet::imaging
