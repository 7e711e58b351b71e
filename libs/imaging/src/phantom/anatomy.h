// The geometry of the phantom's chest. Everything lies in one frame of anatomy: x from the midline,
// positive to the image's right (the patient's left), y downward, one unit being the side of the
// field of view (kFieldCm).
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/types.hpp>
#include <vector>

#include "cxrnet/core/random.h"

namespace cxrnet::imaging::phantom {

using Point = cv::Point2d;

inline constexpr double kFieldCm = 43.0;  // a 43 cm detector
inline constexpr double kMidlineX = 0.5;  // the midline's column in the image, before the pose
inline constexpr std::array<double, 2> kSides{-1.0, 1.0};  // patient's right, patient's left

/// Independent random streams of one seed, so that a finding does not move the ribs.
enum class Stream : uint64_t { anatomy = 1, vessels, tissue, lesion, detector, noise };
Random stream(int64_t seed, Stream which);

/// Anatomy to image, both normalised: habitus (scale), rotation and shift of the patient.
struct Pose {
  double rotation = 0.0;  // radians, clockwise on the screen
  double scale_x = 1.0;
  double scale_y = 1.0;
  Point shift;

  Point to_image(Point anatomy) const;
  Point to_anatomy(Point image) const;
  double mean_scale() const;
};

/// A smooth function of one variable through knots, constant outside of them (tabulated Catmull–Rom
/// spline).
class Curve {
 public:
  Curve() = default;
  explicit Curve(const std::vector<Point>& knots);
  double operator()(double x) const;

 private:
  double first_ = 0.0;
  double last_ = 1.0;
  std::vector<double> table_;
};

/// A solid whose chord along the beam is depth_cm · (1 − r²)^shape, r being 1 on its outline.
struct Ellipsoid {
  Point centre;
  double half_width = 0.0;
  double half_height = 0.0;
  double tilt = 0.0;  // radians, clockwise on the screen
  double depth_cm = 0.0;
  double shape = 0.5;  // 0.5: an ellipsoid; more: flatter towards its outline

  double chord_cm(Point at) const;
};

/// A tube along nodes; `attenuation` is what its axis adds to the line integral.
struct TubeNode {
  Point at;
  double radius;
  double attenuation;
};
struct Tube {
  std::vector<TubeNode> nodes;
  double marrow_radius = 0.0;  // radius of the inner, lighter core as a fraction of the outer
  double marrow_loss = 0.0;    // the share of attenuation that the core lacks
};

/// A flat plate: a polygon that adds `attenuation` everywhere inside.
struct Patch {
  std::vector<Point> corners;
  double attenuation;
};

/// One lung as a beam sees it: between the medial and the lateral border and above the diaphragm's
/// dome.
struct Lung {
  double side = 1.0;  // −1 patient's right, 1 patient's left
  Curve lateral;      // distance from the midline as a function of y
  Curve medial;
  double apex_y = 0.0;
  double dome_y = 0.0;        // the highest point of the diaphragm
  double dome_x = 0.0;        // distance from the midline of that point
  double base_x = 0.0;        // distance from the midline of the costophrenic angle
  double lateral_drop = 0.0;  // from the dome down to the costophrenic angle
  double medial_drop = 0.0;   // from the dome down to the cardiophrenic angle

  double dome_at(double x) const;  ///< y of the dome at the signed coordinate x
  bool contains(Point at) const;
  double lateral_fraction(Point at) const;  ///< 0 at the medial border, 1 at the lateral one
  double height_fraction(Point at) const;   ///< 0 at the apex, 1 at the dome's height
};

/// The person. Soft tissue and lungs are continuous solids; bones, airways and vessels are shapes.
struct Anatomy {
  Pose pose;
  double thickness_cm = 0.0;  // of the chest along the beam
  Curve body_half_width;      // of y
  Curve body_thickness;       // of y, relative to thickness_cm
  std::array<Lung, 2> lungs;
  std::vector<Ellipsoid> mediastinum;  // displaces lung
  std::vector<Ellipsoid>
      soft_tissue;         // adds to the body (breasts), or takes away (gas: negative depth)
  std::vector<Tube> arms;  // soft tissue outside of the trunk
  std::vector<Tube> bones;
  std::vector<Patch> bone_plates;
  std::vector<Tube> airways;  // negative attenuation
};
Anatomy make_anatomy(int64_t seed);

/// The rib cage, spine and shoulder girdle around these lungs.
void add_skeleton(const std::array<Lung, 2>& lungs, double density, Anatomy& anatomy);

/// Branching pulmonary vessels from both hila.
std::vector<Tube> make_vessels(int64_t seed, const Anatomy& anatomy);

}  // namespace cxrnet::imaging::phantom
