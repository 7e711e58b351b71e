// The steps before the classifier, shared by preparation (training) and diagnosis (inference) so
// that they cannot differ (paper, section III-A).
#pragma once

#include <opencv2/core/mat.hpp>

#include "cxrnet/imaging/decode.h"
#include "cxrnet/imaging/resize.h"
#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::pipeline {

/// An X-ray in the network's square.
struct SquareImage {
  cv::Mat source;  ///< 8UC1, the image's own size
  cv::Mat square;  ///< 8UC1 [size, size]
  imaging::Placement placement;
};

/// Errors: as imaging::resize_to_square.
SquareImage to_square(const imaging::GreyImage& image, const nn::Preprocessing& preprocessing);

/// The classifier's input. `mask`: square, 8UC1, or empty for arm `original`.
/// Errors: no_lungs when arm `segmented` gets an empty or blank mask.
cv::Mat classifier_input(const cv::Mat& square, const cv::Mat& mask,
                         const nn::Preprocessing& preprocessing);

}  // namespace cxrnet::pipeline
