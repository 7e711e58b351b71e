#include "phantom/lesion.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "phantom/raster.h"
#include "phantom/texture.h"

namespace cxrnet::imaging::phantom {
namespace {

// A place in a lung: across from the mediastinum (0) to the chest wall (1), down from the apex (0)
// to the dome (1).
struct Place {
  double side;
  double across;
  double down;
};

double smooth_step(double low, double high, double value) {
  const double t = std::clamp((value - low) / (high - low), 0.0, 1.0);
  return t * t * (3.0 - 2.0 * t);
}

// A lobe in frontal projection. Fissures are sharp where the beam grazes them, other borders are
// the lung's own.
struct LobeSpec {
  const char* name;
  double side;
  double top, bottom;            // of `down`; beyond 0 and 1 where the lung itself ends the lobe
  double top_edge, bottom_edge;  // widths of the fades at both
  double inner, outer;           // of `across`
  double lateral_tilt;           // how much lower its fissures lie at the chest wall
};
constexpr std::array<LobeSpec, 5> kLobes{{
    {"right upper lobe", -1.0, -0.1, 0.52, 0.05, 0.03, -0.3, 1.3, 0.06},
    {"middle lobe", -1.0, 0.54, 1.3, 0.04, 0.05, -0.3, 0.75, 0.05},
    {"right lower lobe", -1.0, 0.50, 1.6, 0.22, 0.05, -0.3, 1.3, 0.12},
    {"left upper lobe", 1.0, -0.1, 0.62, 0.05, 0.16, -0.3, 1.3, 0.10},
    {"left lower lobe", 1.0, 0.50, 1.6, 0.22, 0.05, -0.3, 1.3, 0.12},
}};

double in_lobe(const LobeSpec& lobe, const Place& place) {
  if (place.side != lobe.side) return 0.0;
  const double down = place.down - lobe.lateral_tilt * (place.across - 0.5);
  return smooth_step(lobe.top - lobe.top_edge, lobe.top + lobe.top_edge, down) *
         (1.0 - smooth_step(lobe.bottom - lobe.bottom_edge, lobe.bottom + lobe.bottom_edge, down)) *
         smooth_step(lobe.inner - 0.15, lobe.inner + 0.15, place.across) *
         (1.0 - smooth_step(lobe.outer - 0.15, lobe.outer + 0.15, place.across));
}

/// Fills a map with `value(place, row, column)` inside the lungs, 0 elsewhere.
cv::Mat fill_lungs(const Anatomy& anatomy, const cv::Mat& lung_mask,
                   const std::function<double(const Place&, int, int)>& value) {
  const int size = lung_mask.rows;
  cv::Mat map(size, size, CV_32FC1, cv::Scalar(0));
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      if (lung_mask.at<uchar>(row, column) == 0) continue;
      const Point at = anatomy.pose.to_anatomy({(column + 0.5) / size, (row + 0.5) / size});
      const Lung& lung = anatomy.lungs[at.x < 0.0 ? 0 : 1];
      const Place place{lung.side, lung.lateral_fraction(at), lung.height_fraction(at)};
      map.at<float>(row, column) = static_cast<float>(value(place, row, column));
    }
  }
  return map;
}

/// The larger bronchi, which run beside the arteries: 1 on their axes, 0 outside of them.
cv::Mat bronchi(const std::vector<Tube>& vessels, const Pose& pose, int size) {
  constexpr double kSmallestVisible = 0.0062;  // radius of the artery beside
  Raster raster(size, pose);
  for (Tube tube : vessels) {
    if (tube.nodes.front().radius < kSmallestVisible) continue;
    for (TubeNode& node : tube.nodes) node.attenuation = 1.0;
    raster.add(tube);
  }
  cv::Mat soft;  // the wall of a bronchus is not seen sharply through the fluid around it
  cv::GaussianBlur(cv::min(raster.finish(), 1.0), soft, {}, 0.0022 * size);
  return soft;
}

/// Lobar consolidation: fluid takes the place of air in most of one lobe; the bronchi stay open.
cv::Mat consolidation(const PhantomOptions& options, const Anatomy& anatomy,
                      const std::vector<Tube>& vessels, const Projection& projection,
                      Random& random) {
  constexpr double kFluidPerCm = 0.9 * (kSoftTissuePerCm - kInflatedLungPerCm);
  const LobeSpec& lobe = kLobes[random.index(kLobes.size())];
  const double centre_across = random.uniform(0.35, 0.75);
  const double centre_down = std::clamp(
      0.5 * (std::max(lobe.top, 0.0) + std::min(lobe.bottom, 1.05)) + random.uniform(-0.06, 0.06),
      0.15, 0.95);
  const double reach = 0.35 + 0.75 * options.severity;
  const double depth = (0.40 + 0.45 * options.severity) * random.uniform(0.9, 1.1);
  const bool open_bronchi = random.uniform() < 0.75;
  const int size = projection.lung_mask.rows;
  const cv::Mat edge = fractal_noise(random, 7, 4, 0.6, size);
  const cv::Mat air = bronchi(vessels, anatomy.pose, size);
  return fill_lungs(anatomy, projection.lung_mask, [&](const Place& place, int row, int column) {
    const double distance =
        std::hypot((place.across - centre_across) / 1.25, (place.down - centre_down) / 0.75) /
        reach;
    const double core = 1.0 - smooth_step(0.45, 1.1, distance + 0.16 * edge.at<float>(row, column));
    const double open = open_bronchi ? 0.38 * air.at<float>(row, column) : 0.0;
    return in_lobe(lobe, place) * core * depth * (1.0 - open) * kFluidPerCm *
           projection.lung_cm.at<float>(row, column);
  });
}

/// Diffuse interstitial disease: thickened septa as a net of lines, cuffed bronchi, a little haze;
/// around the hila first.
cv::Mat interstitial(const PhantomOptions& options, const Anatomy& anatomy,
                     const std::vector<Tube>& vessels, const Projection& projection,
                     Random& random) {
  const int size = projection.lung_mask.rows;
  const cv::Mat coarse = net_noise(random, 44, size);
  const cv::Mat fine = net_noise(random, 76, size);
  const cv::Mat grain = fractal_noise(random, 90, 2, 0.8, size);
  const cv::Mat patchy = fractal_noise(random, 6, 3, 0.6, size);
  const cv::Mat cuffs = bronchi(vessels, anatomy.pose, size);
  const double strength = 0.14 + 0.36 * options.severity;
  const double reach = 0.55 + 0.55 * options.severity;
  const double focus = random.uniform(0.5, 0.62);
  return fill_lungs(anatomy, projection.lung_mask, [&](const Place& place, int row, int column) {
    const double distance = std::hypot(place.across / 1.1, (place.down - focus) / 0.75) / reach;
    const double spread =
        std::clamp(1.25 - distance + 0.25 * patchy.at<float>(row, column), 0.0, 1.0);
    const double lines = 0.5 * coarse.at<float>(row, column) + 0.4 * fine.at<float>(row, column) +
                         0.12 * grain.at<float>(row, column);
    const double depth = std::min(1.0, projection.lung_cm.at<float>(row, column) / 9.0);
    return spread * strength * depth *
           std::max(0.0, lines + 0.35 * cuffs.at<float>(row, column) + 0.16 * spread);
  });
}

struct GroundGlassPatch {
  Place centre;
  double half_across, half_down;
  double density;
};

/// Patches against the chest wall, mostly in the lower half, on both sides in turn.
std::vector<GroundGlassPatch> sample_patches(double severity, Random& random) {
  // All are always drawn, so that a severer case has the milder one's patches and more.
  constexpr std::size_t kMost = 10;
  const auto count =
      static_cast<std::size_t>(std::lround(3.0 + 5.0 * severity + 2.0 * random.uniform()));
  std::vector<GroundGlassPatch> patches;
  for (std::size_t i = 0; i < kMost; ++i) {
    const double size = random.uniform(0.7, 1.3) * (0.6 + 0.7 * severity);
    const Place centre{kSides[i % 2], random.uniform(0.62, 0.98),
                       0.38 + 0.62 * random.beta(2.4, 1.3)};
    patches.push_back({centre, 0.30 * size, 0.15 * size, random.uniform(0.6, 1.0)});
  }
  patches.resize(count);
  return patches;
}

/// Ground glass: air spaces partly filled, so that vessels stay visible through the haze.
cv::Mat ground_glass(const PhantomOptions& options, const Anatomy& anatomy,
                     const Projection& projection, Random& random) {
  const int size = projection.lung_mask.rows;
  const auto patches = sample_patches(options.severity, random);
  const double strength = 0.30 + 0.45 * options.severity;
  const cv::Mat edge = fractal_noise(random, 9, 4, 0.65, size);
  const cv::Mat paving = net_noise(random, 70, size);
  const cv::Mat cloud = fractal_noise(random, 26, 3, 0.7, size);
  return fill_lungs(anatomy, projection.lung_mask, [&](const Place& place, int row, int column) {
    double clear = 1.0;  // what is left of normal lung after all patches
    for (const GroundGlassPatch& patch : patches) {
      if (patch.centre.side != place.side) continue;
      const double distance = std::hypot((place.across - patch.centre.across) / patch.half_across,
                                         (place.down - patch.centre.down) / patch.half_down);
      clear *=
          1.0 - patch.density *
                    (1.0 - smooth_step(0.35, 1.45, distance + 0.28 * edge.at<float>(row, column)));
    }
    const double texture =
        0.95 + 0.14 * cloud.at<float>(row, column) + 0.14 * paving.at<float>(row, column);
    const double depth = std::min(1.0, projection.lung_cm.at<float>(row, column) / 6.0);
    return (1.0 - clear) * strength * depth * std::max(0.2, texture);
  });
}

}  // namespace

cv::Mat lesion_attenuation(const PhantomOptions& options, const Anatomy& anatomy,
                           const std::vector<Tube>& vessels, const Projection& projection) {
  Random random = stream(options.seed, Stream::lesion);
  cv::Mat added(projection.lung_mask.size(), CV_32FC1, cv::Scalar(0));
  switch (options.finding) {
    case Finding::healthy:
      break;
    case Finding::bacterial:
      added = consolidation(options, anatomy, vessels, projection, random);
      break;
    case Finding::viral:
      added = interstitial(options, anatomy, vessels, projection, random);
      break;
    case Finding::covid19:
      added = ground_glass(options, anatomy, projection, random);
      break;
  }
  // Fluid takes the place of air, and there is no more air than the beam meets.
  added = cv::min(added, (kSoftTissuePerCm - kInflatedLungPerCm) * projection.lung_cm);
  added.setTo(0.0, added < kLesionThreshold);
  return added;
}

}  // namespace cxrnet::imaging::phantom
