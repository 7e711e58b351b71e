#include "phantom/anatomy.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cxrnet/core/random.h"

namespace cxrnet::imaging::phantom {
namespace {

constexpr int kCurveSamples = 512;
constexpr double kDegree = std::numbers::pi / 180.0;

// Knots {y, half width}: neck, shoulders, deltoids, axillae, chest wall, waist.
const std::vector<Point> kBodyHalfWidth{{-0.10, 0.105}, {0.02, 0.105}, {0.06, 0.12},  {0.09, 0.16},
                                        {0.12, 0.235},  {0.145, 0.32}, {0.17, 0.395}, {0.20, 0.44},
                                        {0.25, 0.47},   {0.31, 0.475}, {0.37, 0.45},  {0.43, 0.415},
                                        {0.50, 0.395},  {0.62, 0.39},  {0.80, 0.395}, {1.10, 0.39}};
// Knots {y, thickness relative to the chest's}.
const std::vector<Point> kBodyThickness{{-0.10, 0.60}, {0.08, 0.62}, {0.14, 0.68}, {0.22, 0.80},
                                        {0.35, 0.93},  {0.50, 1.00}, {0.75, 1.02}, {1.10, 1.04}};
// Knots {distance below the apex, distance from the midline} of the lungs' borders.
const std::vector<Point> kLungLateral{
    {0.000, 0.092}, {0.004, 0.118}, {0.012, 0.137}, {0.03, 0.160}, {0.06, 0.184}, {0.11, 0.213},
    {0.19, 0.246},  {0.30, 0.276},  {0.42, 0.298},  {0.55, 0.312}, {0.68, 0.318}, {0.85, 0.318}};
const std::vector<Point> kLungMedial{{0.000, 0.092}, {0.004, 0.074}, {0.012, 0.064}, {0.03, 0.055},
                                     {0.06, 0.049},  {0.12, 0.046},  {0.25, 0.048},  {0.40, 0.052},
                                     {0.60, 0.058},  {0.85, 0.062}};

// The mediastinum at middle size; x and the size of the heart scale with the person's
// cardiothoracic ratio.
struct OrganSpec {
  const char* name;
  Ellipsoid shape;
  bool cardiac;
};
const std::array<OrganSpec, 9> kMediastinum{{
    {"upper mediastinum", {{0.003, 0.30}, 0.068, 0.34, 0.0, 16.0}, false},
    {"superior vena cava", {{-0.052, 0.33}, 0.024, 0.19, 0.0, 5.0}, false},
    {"aortic knob", {{0.054, 0.315}, 0.036, 0.040, 0.0, 9.0}, false},
    {"descending aorta", {{0.044, 0.60}, 0.028, 0.32, 0.0, 3.0}, false},
    {"pulmonary trunk", {{0.052, 0.410}, 0.042, 0.075, 0.0, 9.0}, false},
    {"left atrium and appendage", {{0.048, 0.490}, 0.075, 0.110, -20.0 * kDegree, 12.0}, true},
    {"left ventricle", {{0.068, 0.595}, 0.168, 0.122, 42.0 * kDegree, 14.0}, true},
    {"right atrium", {{-0.020, 0.575}, 0.088, 0.145, 0.0, 13.0}, true},
    {"inferior vena cava", {{-0.050, 0.68}, 0.036, 0.065, 0.0, 6.0}, true},
}};

std::vector<Point> moved(std::vector<Point> knots, double shift_x, double scale_y) {
  for (Point& knot : knots) knot = {knot.x + shift_x, knot.y * scale_y};
  return knots;
}

Pose sample_pose(Random& random) {
  const double size = random.uniform(1.03, 1.18);
  const double width = random.uniform(0.97, 1.09);
  return {.rotation = 2.0 * kDegree * random.normal(),
          .scale_x = size * width,
          .scale_y = size / width,
          .shift = {0.012 * random.normal(), random.uniform(-0.03, 0.025)}};
}

Lung make_lung(double side, double dome_y, double apex_y, double width, Random& random) {
  Lung lung;
  lung.side = side;
  lung.apex_y = apex_y + 0.004 * random.normal();
  lung.lateral = Curve(moved(kLungLateral, lung.apex_y, width));
  lung.medial = Curve(moved(kLungMedial, lung.apex_y, width));
  lung.dome_y = dome_y;
  lung.lateral_drop = random.uniform(0.085, 0.125);
  lung.medial_drop = random.uniform(0.010, 0.035);
  lung.base_x = lung.lateral(dome_y + lung.lateral_drop);
  lung.dome_x = lung.base_x * random.uniform(0.46, 0.56);
  return lung;
}

// The heart rests on the left dome and grows around the midline; the rest of the mediastinum stays.
std::vector<Ellipsoid> make_mediastinum(double heart, double dome_y, double depth, Random& random) {
  constexpr double kMiddleDome = 0.69;
  std::vector<Ellipsoid> organs;
  const double unfolding = random.uniform(0.85, 1.25);  // of the aorta, with age
  for (const OrganSpec& spec : kMediastinum) {
    Ellipsoid organ = spec.shape;
    organ.depth_cm *= depth;
    if (spec.cardiac) {
      organ.centre = {organ.centre.x * heart, dome_y + (organ.centre.y - kMiddleDome) * heart};
      organ.half_width *= heart;
      organ.half_height *= heart;
    } else {
      organ.half_width *= unfolding;
    }
    organs.push_back(organ);
  }
  return organs;
}

void add_breasts(Random& random, Anatomy& anatomy) {
  const double volume = random.uniform(0.8, 1.25);
  const double height = random.uniform(0.60, 0.68);
  for (const double side : kSides) {
    anatomy.soft_tissue.push_back({.centre = {side * 0.215, height},
                                   .half_width = 0.16 * std::sqrt(volume),
                                   .half_height = 0.125 * std::sqrt(volume),
                                   .tilt = -side * 0.25,
                                   .depth_cm = 3.2 * volume,
                                   .shape = 0.9});
  }
}

void add_stomach_gas(double dome_y, Random& random, Anatomy& anatomy) {
  anatomy.soft_tissue.push_back(
      {.centre = {random.uniform(0.13, 0.20), dome_y + random.uniform(0.075, 0.10)},
       .half_width = random.uniform(0.035, 0.07),
       .half_height = random.uniform(0.018, 0.034),
       .tilt = random.uniform(-0.3, 0.3),
       .depth_cm = -random.uniform(2.5, 5.0),
       .shape = 0.7});
}

void add_arms(Random& random, Anatomy& anatomy) {
  const double spread = random.uniform(0.49, 0.60);
  for (const double side : kSides) {
    const Point shoulder{side * 0.425, 0.235};
    const Point elbow{side * spread, 0.85};
    constexpr double kDepth = 9.0;  // cm of soft tissue on the arm's axis
    anatomy.arms.push_back({.nodes = {{shoulder, 0.075, kDepth},
                                      {0.5 * (shoulder + elbow), 0.060, kDepth},
                                      {elbow, 0.050, kDepth}}});
    anatomy.bones.push_back({.nodes = {{shoulder + Point{side * 0.004, -0.030}, 0.036, 0.26},
                                       {shoulder + Point{side * 0.008, -0.012}, 0.036, 0.26},
                                       {shoulder + 0.06 * (elbow - shoulder), 0.023, 0.30},
                                       {elbow, 0.019, 0.34}},
                             .marrow_radius = 0.68,
                             .marrow_loss = 0.6});
  }
}

void add_airways(Random& random, Anatomy& anatomy) {
  const double lean = random.uniform(-0.006, 0.004);
  const Point carina{0.002 + lean, 0.385};
  const double trachea = random.uniform(0.017, 0.021);
  anatomy.airways.push_back({.nodes = {{{0.0, -0.12}, trachea, -0.30},
                                       {{lean, 0.20}, trachea, -0.34},
                                       {carina, trachea, -0.28}}});
  anatomy.airways.push_back({.nodes = {{carina, 0.014, -0.14},
                                       {{-0.040, 0.430}, 0.012, -0.12},
                                       {{-0.062, 0.475}, 0.009, -0.07}}});
  anatomy.airways.push_back({.nodes = {{carina, 0.013, -0.14},
                                       {{0.045, 0.425}, 0.011, -0.12},
                                       {{0.080, 0.455}, 0.009, -0.07}}});
}

}  // namespace

Random stream(int64_t seed, Stream which) {
  return Random(derive_seed({static_cast<uint64_t>(seed), static_cast<uint64_t>(which)}));
}

Point Pose::to_image(Point anatomy) const {
  const Point scaled{anatomy.x * scale_x, (anatomy.y - 0.5) * scale_y};
  const double c = std::cos(rotation);
  const double s = std::sin(rotation);
  return {c * scaled.x - s * scaled.y + kMidlineX + shift.x,
          s * scaled.x + c * scaled.y + 0.5 + shift.y};
}

Point Pose::to_anatomy(Point image) const {
  const Point moved{image.x - kMidlineX - shift.x, image.y - 0.5 - shift.y};
  const double c = std::cos(rotation);
  const double s = std::sin(rotation);
  return {(c * moved.x + s * moved.y) / scale_x, (c * moved.y - s * moved.x) / scale_y + 0.5};
}

double Pose::mean_scale() const { return std::sqrt(scale_x * scale_y); }

Curve::Curve(const std::vector<Point>& knots) : first_(knots.front().x), last_(knots.back().x) {
  const auto tangent = [&](std::size_t i) {
    const Point before = knots[i == 0 ? 0 : i - 1];
    const Point after = knots[std::min(i + 1, knots.size() - 1)];
    return (after.y - before.y) / (after.x - before.x);
  };
  std::size_t k = 0;
  for (int i = 0; i <= kCurveSamples; ++i) {
    const double x = std::lerp(first_, last_, static_cast<double>(i) / kCurveSamples);
    while (k + 2 < knots.size() && x > knots[k + 1].x) ++k;
    const double width = knots[k + 1].x - knots[k].x;
    const double t = (x - knots[k].x) / width;
    const double u = 1.0 - t;  // cubic Hermite basis
    table_.push_back(knots[k].y * u * u * (1.0 + 2.0 * t) +
                     knots[k + 1].y * t * t * (3.0 - 2.0 * t) +
                     width * t * u * (tangent(k) * u - tangent(k + 1) * t));
  }
}

double Curve::operator()(double x) const {
  const double position = std::clamp((x - first_) / (last_ - first_), 0.0, 1.0) * kCurveSamples;
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(position), kCurveSamples - 1);
  return std::lerp(table_[i], table_[i + 1], position - static_cast<double>(i));
}

double Ellipsoid::chord_cm(Point at) const {
  const Point offset = at - centre;
  const double reach = std::max(half_width, half_height);
  if (std::abs(offset.x) >= reach || std::abs(offset.y) >= reach) return 0.0;
  const double c = std::cos(tilt);
  const double s = std::sin(tilt);
  const double u = (c * offset.x + s * offset.y) / half_width;
  const double v = (c * offset.y - s * offset.x) / half_height;
  const double inside = std::max(0.0, 1.0 - u * u - v * v);
  return depth_cm * (shape == 0.5 ? std::sqrt(inside) : std::pow(inside, shape));
}

double Lung::dome_at(double x) const {
  const double distance = side * x;
  if (distance > dome_x)
    return dome_y + lateral_drop * std::pow((distance - dome_x) / (base_x - dome_x), 2.5);
  return dome_y + medial_drop * std::pow((dome_x - distance) / dome_x, 2.0);
}

bool Lung::contains(Point at) const {
  const double distance = side * at.x;
  return at.y > apex_y && distance > medial(at.y) && distance < lateral(at.y) &&
         at.y < dome_at(at.x);
}

double Lung::lateral_fraction(Point at) const {
  const double inner = medial(at.y);
  return (side * at.x - inner) / std::max(1e-6, lateral(at.y) - inner);
}

double Lung::height_fraction(Point at) const { return (at.y - apex_y) / (dome_y - apex_y); }

Anatomy make_anatomy(int64_t seed) {
  Random random = stream(seed, Stream::anatomy);
  Anatomy anatomy;
  anatomy.pose = sample_pose(random);
  anatomy.thickness_cm = random.uniform(19.0, 25.0);
  const double lung_width = random.uniform(0.95, 1.04);
  const double fat = random.uniform(0.0, 0.025);  // widens the chest wall alone
  const double inspiration = random.uniform(-0.055, 0.035);
  const double apex_y = random.uniform(0.125, 0.145);
  const std::array<double, 2> dome_y{0.685 + inspiration,
                                     0.705 + inspiration + 0.008 * random.normal()};
  anatomy.body_half_width = Curve([&] {
    auto knots = kBodyHalfWidth;
    for (Point& knot : knots) knot.y += knot.y > 0.3 ? fat : 0.5 * fat;
    return knots;
  }());
  anatomy.body_thickness = Curve(kBodyThickness);
  for (std::size_t i = 0; i < 2; ++i)
    anatomy.lungs[i] = make_lung(kSides[i], dome_y[i], apex_y, lung_width, random);
  const double heart = random.uniform(0.88, 1.14);
  anatomy.mediastinum = make_mediastinum(heart, dome_y[1], anatomy.thickness_cm / 22.0, random);
  if (random.uniform() < 0.4) add_breasts(random, anatomy);
  if (random.uniform() < 0.5) add_stomach_gas(dome_y[1], random, anatomy);
  add_arms(random, anatomy);
  add_airways(random, anatomy);
  add_skeleton(anatomy.lungs, random.uniform(0.85, 1.25), anatomy);
  return anatomy;
}

}  // namespace cxrnet::imaging::phantom
