#include "phantom/attenuation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>

#include "phantom/raster.h"
#include "phantom/texture.h"

namespace cxrnet::imaging::phantom {
namespace {

constexpr double kLungShare = 0.74;        // of the chest's depth; the rest is chest wall
constexpr double kMedialSoftening = 0.06;  // over which the lung thins towards the spine
constexpr double kDomeMotion = 0.006;      // of the diaphragm during the exposure; blurs its edge
constexpr double kRecessHeight = 0.09;     // of the lung that lies behind the dome of the diaphragm
constexpr double kRecessShare = 0.30;      // of the depth, right below the dome's edge

double trunk_cm(const Anatomy& anatomy, Point at) {
  const double across = std::abs(at.x) / anatomy.body_half_width(at.y);
  if (across >= 1.0) return 0.0;
  // A superellipse: a chest is boxier than an ellipse.
  return anatomy.thickness_cm * anatomy.body_thickness(at.y) *
         std::pow(1.0 - std::pow(across, 2.6), 0.45);
}

// Structures overlap along the beam: the cubic mean lies between their greatest and their sum.
double mediastinum_cm(const Anatomy& anatomy, Point at) {
  double cubes = 0.0;
  for (const Ellipsoid& organ : anatomy.mediastinum) {
    const double chord = organ.chord_cm(at);
    cubes += chord * chord * chord;
  }
  return std::cbrt(cubes);
}

/// Depth of the chest's cavity: an ellipse in cross-section, pointed towards the apex.
double cavity_cm(const Anatomy& anatomy, const Lung& lung, Point at) {
  const double across = std::min(1.0, std::abs(at.x) / lung.lateral(at.y));
  const double below_apex = std::clamp((at.y - lung.apex_y) / 0.36, 0.0, 1.0);
  const double depth = kLungShare * anatomy.thickness_cm *
                       std::pow(std::sin(0.5 * std::numbers::pi * below_apex), 0.75);
  return depth * std::sqrt(1.0 - across * across);
}

/// The share of the depth that lies above the diaphragm: all of it above the dome's edge, the
/// recess behind it below.
double above_diaphragm(const Lung& lung, Point at, double pixel) {
  const double depth = at.y - lung.dome_at(at.x);
  const double edge = std::clamp(-depth / std::max(kDomeMotion, pixel), 0.0, 1.0);
  const double below = std::clamp(depth / kRecessHeight, 0.0, 1.0);
  return std::lerp(kRecessShare * (1.0 - std::sqrt(below * (2.0 - below))), 1.0, edge);
}

double lung_cm(const Anatomy& anatomy, const Lung& lung, Point at, double pixel) {
  const double inward = lung.side * at.x - lung.medial(at.y);
  if (at.y <= lung.apex_y || inward <= 0.0 || lung.side * at.x >= lung.lateral(at.y)) return 0.0;
  const double air = cavity_cm(anatomy, lung, at) - mediastinum_cm(anatomy, at);
  const double medial = std::min(1.0, inward / kMedialSoftening);
  return std::max(0.0, air) * std::sqrt(medial * (2.0 - medial)) * above_diaphragm(lung, at, pixel);
}

cv::Mat rasterise(const std::vector<Tube>& tubes, const std::vector<Patch>& patches,
                  const Pose& pose, int size) {
  Raster raster(size, pose);
  for (const Tube& tube : tubes) raster.add(tube);
  for (const Patch& patch : patches) raster.add(patch);
  return raster.finish();
}

struct Solids {
  cv::Mat body_cm;      // soft tissue with the lungs' room still filled
  cv::Mat all_lung_cm;  // the recesses behind the domes included
  cv::Mat lung_mask;
};

Solids sample_solids(const Anatomy& anatomy, int size) {
  Solids solids{cv::Mat(size, size, CV_32FC1), cv::Mat(size, size, CV_32FC1),
                cv::Mat(size, size, CV_8UC1)};
  const cv::Mat arms = rasterise(anatomy.arms, {}, anatomy.pose, size);
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      const Point at = anatomy.pose.to_anatomy({(column + 0.5) / size, (row + 0.5) / size});
      const Lung& lung = anatomy.lungs[at.x < 0.0 ? 0 : 1];
      double body = std::max<double>(trunk_cm(anatomy, at), arms.at<float>(row, column));
      const double air = std::min(lung_cm(anatomy, lung, at, 1.0 / size), 0.8 * body);
      if (body > 0.0) {
        for (const Ellipsoid& tissue : anatomy.soft_tissue) body += tissue.chord_cm(at);
      }
      solids.body_cm.at<float>(row, column) = static_cast<float>(std::max(body, air));
      solids.all_lung_cm.at<float>(row, column) = static_cast<float>(air);
      solids.lung_mask.at<uchar>(row, column) = lung.contains(at) ? 255 : 0;
    }
  }
  return solids;
}

/// Muscle and fat planes: the body's attenuation varies by a few percent.
cv::Mat tissue_factor(Random& random, int size) {
  return 1.0 + 0.018 * fractal_noise(random, 7, 5, 0.6, size);
}

/// Vessels and airways too small to be drawn one by one: the fine grain of the lung.
cv::Mat lung_grain(Random& random, int size) {
  const cv::Mat fine = fractal_noise(random, 48, 3, 0.8, size);
  const cv::Mat coarse = fractal_noise(random, 5, 3, 0.6, size);
  return 1.0 + 0.022 * (fine - coarse);
}

}  // namespace

Projection project(const Anatomy& anatomy, const std::vector<Tube>& vessels, int64_t seed,
                   int size) {
  Random random = stream(seed, Stream::tissue);
  const Solids solids = sample_solids(anatomy, size);
  const cv::Mat air_cm = solids.all_lung_cm.mul(lung_grain(random, size));
  cv::Mat attenuation = kSoftTissuePerCm * solids.body_cm.mul(tissue_factor(random, size)) -
                        (kSoftTissuePerCm - kInflatedLungPerCm) * air_cm;
  // Vessels count only as far as there is lung around them along the beam.
  cv::Mat aerated;
  cv::divide(solids.all_lung_cm, solids.all_lung_cm + 1.0, aerated);
  attenuation += aerated.mul(rasterise(vessels, {}, anatomy.pose, size));
  attenuation += rasterise(anatomy.airways, {}, anatomy.pose, size);
  attenuation += rasterise(anatomy.bones, anatomy.bone_plates, anatomy.pose, size);
  attenuation.setTo(0.0, solids.body_cm <= 0.0);
  cv::Mat lung(size, size, CV_32FC1, cv::Scalar(0));
  solids.all_lung_cm.copyTo(lung, solids.lung_mask);
  return {.attenuation = cv::max(attenuation, 0.0), .lung_cm = lung, .lung_mask = solids.lung_mask};
}

}  // namespace cxrnet::imaging::phantom
