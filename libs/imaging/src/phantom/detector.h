// From line integrals to the grey values of a radiograph.
#pragma once

#include <opencv2/core/mat.hpp>

#include "cxrnet/imaging/phantom.h"

namespace cxrnet::imaging::phantom {

/// Exposes a flat detector behind `anatomy` and `lesion` (CV_32FC1 line integrals) and develops the
/// picture: CV_16UC1, bone bright. Scatter, window and contrast processing follow the anatomy
/// alone, so that a lesion changes the pixels it covers and no others.
cv::Mat expose(const cv::Mat& anatomy, const cv::Mat& lesion, const PhantomOptions& options);

}  // namespace cxrnet::imaging::phantom
