// Ribs, spine, clavicles, scapulae and sternum.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "phantom/anatomy.h"

namespace cxrnet::imaging::phantom {
namespace {

// A rib is an inclined half ellipse: from the spine backward and outward, around the side, forward
// and down.
struct RibSpec {
  double half_width;   // of the ellipse; 0: as wide as the lung at the rib's side
  double drop;         // from the spine's end down to the sternum's
  double end_degrees;  // how far around the chest the bone goes before it turns to cartilage
  // Seen edge on, at the chest's side; the upper ribs are flat and lie level.
  double half_thickness = 0.0078;
};
constexpr std::array<RibSpec, 11> kRibs{{{0.150, 0.135, 150, 0.0125},
                                         {0.202, 0.170, 140, 0.0105},
                                         {0.0, 0.180, 136, 0.009},
                                         {0.0, 0.200, 132},
                                         {0.0, 0.212, 128},
                                         {0.0, 0.222, 126},
                                         {0.0, 0.228, 124},
                                         {0.0, 0.232, 120},
                                         {0.0, 0.232, 112},
                                         {0.0, 0.225, 104},
                                         {0.0, 0.205, 84}}};
constexpr double kFirstRibY = 0.118;
constexpr double kRibSpacing = 0.0565;
constexpr double kRibStartX = 0.036;       // the costovertebral joint
constexpr double kCageDepth = 0.21;        // half depth of the cage along the beam
constexpr double kRibHalfHeight = 0.0128;  // seen from the front
constexpr double kRibAttenuation = 0.21;
// Through a rib, in diameters: it is curved and leaves the beam again.
constexpr double kLongestPath = 1.7;
constexpr int kRibNodes = 40;

constexpr int kVertebrae = 17;

Tube make_rib(const RibSpec& spec, double origin_y, const Lung& lung, double density) {
  const double half_width =
      spec.half_width > 0.0 ? spec.half_width : lung.lateral(origin_y + 0.5 * spec.drop) + 0.004;
  const double start = std::asin(kRibStartX / half_width);
  const double end = spec.end_degrees * std::numbers::pi / 180.0;
  Tube rib{.nodes = {}, .marrow_radius = 0.76, .marrow_loss = 0.42};
  for (int i = 0; i <= kRibNodes; ++i) {
    const double angle = std::lerp(start, end, static_cast<double>(i) / kRibNodes);
    const double across = std::abs(std::cos(angle));  // 1 where the rib runs across the beam
    const double dx = half_width * std::cos(angle);
    const double dy = 0.5 * spec.drop * std::sin(angle);
    const double dz = kCageDepth * std::sin(angle);
    // Where the rib turns forward the beam runs along it: longer path, brighter edge of the cage.
    const double lengthening =
        std::min(kLongestPath, std::sqrt(1.0 + dz * dz / (dx * dx + dy * dy)));
    const double front = angle > 0.5 * std::numbers::pi ? 0.8 : 1.0;  // anterior ends are thinner
    const double fade = std::clamp((end - angle) / 0.12, 0.25, 1.0);
    rib.nodes.push_back({{lung.side * half_width * std::sin(angle),
                          origin_y + 0.5 * spec.drop * (1.0 - std::cos(angle))},
                         std::lerp(spec.half_thickness, kRibHalfHeight, across * across),
                         density * kRibAttenuation * lengthening * front * fade});
  }
  return rib;
}

std::vector<Point> mirrored(std::vector<Point> points, double side) {
  for (Point& point : points) point.x *= side;
  return points;
}

// A vertebra: waisted body with dense end plates, two pedicles, a spinous process, transverse
// processes.
void add_vertebra(double y, double half_width, double half_height, double density,
                  Anatomy& anatomy) {
  const double waist = 0.88 * half_width;
  const double edge = 0.82 * half_height;
  anatomy.bone_plates.push_back({{{-half_width, y - edge},
                                  {half_width, y - edge},
                                  {waist, y},
                                  {half_width, y + edge},
                                  {-half_width, y + edge},
                                  {-waist, y}},
                                 0.10 * density});
  for (const double end : kSides) {
    anatomy.bones.push_back(
        {.nodes = {{{-0.93 * half_width, y + end * edge}, 0.0035, 0.08 * density},
                   {{0.93 * half_width, y + end * edge}, 0.0035, 0.08 * density}}});
  }
  for (const double side : kSides) {
    const Point pedicle{side * 0.62 * half_width, y - 0.25 * half_height};
    anatomy.bones.push_back({.nodes = {{pedicle - Point{0, 0.005}, 0.0075, 0.13 * density},
                                       {pedicle + Point{0, 0.005}, 0.0075, 0.13 * density}},
                             .marrow_radius = 0.6,
                             .marrow_loss = 0.8});
    anatomy.bones.push_back(
        {.nodes = {{pedicle, 0.0085, 0.06 * density},
                   {{side * 1.75 * half_width, y - 0.45 * half_height}, 0.007, 0.06 * density}}});
  }
  anatomy.bones.push_back({.nodes = {{{0, y + 0.1 * half_height}, 0.005, 0.08 * density},
                                     {{0, y + 0.95 * half_height}, 0.008, 0.16 * density}}});
}

void add_spine(double density, Anatomy& anatomy) {
  double y = -0.02;
  // Discs and arches fill the gaps between the bodies.
  anatomy.bone_plates.push_back(
      {{{-0.026, y}, {0.026, y}, {0.037, 1.1}, {-0.037, 1.1}}, 0.07 * density});
  for (int i = 0; i < kVertebrae; ++i) {
    const double growth = static_cast<double>(i) / (kVertebrae - 1);
    const double half_height = std::lerp(0.0235, 0.0350, growth);
    y += half_height;
    add_vertebra(y, std::lerp(0.030, 0.043, growth), half_height, density, anatomy);
    y += half_height;
  }
}

void add_shoulder(double side, double density, Anatomy& anatomy) {
  const auto tube = [&](std::vector<TubeNode> nodes, double marrow_radius, double marrow_loss) {
    for (TubeNode& node : nodes)
      node = {{side * node.at.x, node.at.y}, node.radius, density * node.attenuation};
    anatomy.bones.push_back({std::move(nodes), marrow_radius, marrow_loss});
  };
  tube({{{0.028, 0.222}, 0.0165, 0.20},
        {{0.060, 0.212}, 0.0145, 0.24},
        {{0.110, 0.192}, 0.0125, 0.26},
        {{0.165, 0.176}, 0.0118, 0.27},
        {{0.220, 0.170}, 0.0120, 0.26},
        {{0.275, 0.162}, 0.0125, 0.24},
        {{0.325, 0.148}, 0.0140, 0.20},
        {{0.355, 0.140}, 0.0150, 0.16}},
       0.70, 0.55);  // clavicle
  tube({{{0.385, 0.205}, 0.011, 0.20},
        {{0.367, 0.270}, 0.009, 0.14},
        {{0.345, 0.345}, 0.009, 0.12},
        {{0.320, 0.412}, 0.010, 0.09},
        {{0.302, 0.425}, 0.009, 0.05}},
       0.6, 0.5);  // lateral border of the scapula
  tube({{{0.300, 0.225}, 0.008, 0.10},
        {{0.350, 0.180}, 0.009, 0.16},
        {{0.395, 0.145}, 0.013, 0.20},
        {{0.420, 0.150}, 0.014, 0.18}},
       0.65, 0.5);
  tube(
      {{{0.335, 0.185}, 0.012, 0.12}, {{0.352, 0.205}, 0.013, 0.14}, {{0.372, 0.205}, 0.013, 0.14}},
      0.7, 0.5);  // coracoid
  anatomy.bone_plates.push_back({mirrored({{0.305, 0.185},
                                           {0.385, 0.185},
                                           {0.375, 0.250},
                                           {0.342, 0.345},
                                           {0.308, 0.425},
                                           {0.290, 0.340},
                                           {0.292, 0.240}},
                                          side),
                                 0.075 * density});
}

}  // namespace

void add_skeleton(const std::array<Lung, 2>& lungs, double density, Anatomy& anatomy) {
  for (const Lung& lung : lungs) {
    for (std::size_t i = 0; i < kRibs.size(); ++i) {
      const double origin_y = kFirstRibY + kRibSpacing * static_cast<double>(i);
      anatomy.bones.push_back(make_rib(kRibs[i], origin_y, lung, density));
    }
    add_shoulder(lung.side, density, anatomy);
  }
  add_spine(density, anatomy);
  anatomy.bone_plates.push_back({{{-0.032, 0.215},
                                  {-0.015, 0.205},
                                  {0.015, 0.205},
                                  {0.032, 0.215},
                                  {0.036, 0.235},
                                  {0.018, 0.290},
                                  {-0.018, 0.290},
                                  {-0.036, 0.235}},
                                 0.07 * density});  // manubrium
}

}  // namespace cxrnet::imaging::phantom
