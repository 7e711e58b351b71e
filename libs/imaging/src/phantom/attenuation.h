// Line integrals of attenuation through the anatomy.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "phantom/anatomy.h"

namespace cxrnet::imaging::phantom {

// Linear attenuation per cm at about 70 keV, the mean of a chest exposure (NIST XCOM, rounded).
inline constexpr double kSoftTissuePerCm = 0.19;
inline constexpr double kInflatedLungPerCm = 0.045;  // a quarter of water's density

/// What a parallel beam meets, before any lesion. All maps are [size, size].
struct Projection {
  cv::Mat attenuation;  ///< CV_32FC1, ∫ μ dl, dimensionless; 0 outside of the body
  cv::Mat lung_cm;      ///< CV_32FC1, centimetres of lung along the beam; 0 outside of lung_mask
  cv::Mat lung_mask;    ///< CV_8UC1, 0 or 255
};
Projection project(const Anatomy& anatomy, const std::vector<Tube>& vessels, int64_t seed,
                   int size);

}  // namespace cxrnet::imaging::phantom
