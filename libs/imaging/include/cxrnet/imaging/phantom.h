// A chest radiograph that no patient ever had: line integrals of attenuation through an analytic
// chest, seen by a simulated detector. It is the project's own test and demonstration material,
// with exact masks.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet::imaging {

/// What the phantom shows; the names are the four class labels.
enum class Finding {
  healthy,    ///< clear lungs
  bacterial,  ///< lobar consolidation: dense, within one lobe, with air bronchograms
  viral,    ///< diffuse interstitial: fine reticular texture on both sides, densest around the hila
  covid19,  ///< ground glass: hazy patches, peripheral and basal, on both sides
};

}  // namespace cxrnet::imaging

template <>
struct cxrnet::EnumNames<cxrnet::imaging::Finding> {
  using F = cxrnet::imaging::Finding;
  static constexpr std::array<std::pair<F, std::string_view>, 4> values{
      {{F::healthy, "healthy"},
       {F::bacterial, "bacterial"},
       {F::viral, "viral"},
       {F::covid19, "covid19"}}};
};

namespace cxrnet::imaging {

/// One seed is one person in one pose: the other options change the picture, not the anatomy.
struct PhantomOptions {
  int64_t size = 512;                  // pixels per side; the same picture at any size
  int64_t seed = 0;                    // the person, the pose, the shape of the lesion, the noise
  Finding finding = Finding::healthy;  // what the lungs show
  double severity = 0.6;  // extent and density of the lesion; without effect on healthy
  double noise = 1.0;     // quantum noise relative to a usual dose; 0 is free of noise
  double exposure = 1.0;  // dose relative to a good exposure; more is darker and less noisy

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.size, Field{"size", "pixels per side", {.minimum = 64, .maximum = 4096}});
    visit(self.seed, Field{"seed", "which person, pose, lesion shape and noise", {.minimum = 0}});
    visit(self.finding, Field{"finding", "what the lungs show"});
    visit(self.severity, Field{"severity",
                               "extent and density of the lesion, up to 1",
                               {.maximum = 1.0, .above = 0.0}});
    visit(self.noise, Field{"noise",
                            "quantum noise relative to a usual dose; 0 is free of noise",
                            {.minimum = 0.0, .maximum = 10.0}});
    visit(self.exposure, Field{"exposure",
                               "dose relative to a good exposure; more is darker and less noisy",
                               {.minimum = 0.25, .maximum = 4.0}});
  }
};

/// A lesion pixel is one where the finding adds at least this much to the line integral of
/// attenuation (1 % of the photons of that ray). Below it nothing is added at all, so that the mask
/// is exact.
inline constexpr double kLesionThreshold = 0.01;

/// A rendered phantom; the three images are [size, size] in display orientation (patient's left at
/// the right).
struct Phantom {
  cv::Mat image;        ///< CV_16UC1, 0 … 65535, bone bright
  cv::Mat lung_mask;    ///< CV_8UC1, 255 in the lungs down to the domes, the part behind the heart
                        ///< included
  cv::Mat lesion_mask;  ///< CV_8UC1, 255 where the lesion is; a part of lung_mask; empty of 255
                        ///< when healthy
  std::string_view label;  ///< the name of the finding
};

/// Renders the phantom; the same options give the same pixels on every run.
/// Errors: invalid_option, when a value is out of range.
Phantom render_phantom(const PhantomOptions& options);

}  // namespace cxrnet::imaging
