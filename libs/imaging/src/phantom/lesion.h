// What disease adds to the line integral.
#pragma once

#include <opencv2/core/mat.hpp>

#include "cxrnet/imaging/phantom.h"
#include "phantom/attenuation.h"

namespace cxrnet::imaging::phantom {

/// Attenuation that the finding adds, [size, size] CV_32FC1: 0 outside of the lung mask and
/// wherever it would stay below kLesionThreshold; 0 everywhere for healthy.
cv::Mat lesion_attenuation(const PhantomOptions& options, const Anatomy& anatomy,
                           const std::vector<Tube>& vessels, const Projection& projection);

}  // namespace cxrnet::imaging::phantom
