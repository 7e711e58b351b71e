// Pulmonary vessels: trees that branch by Murray's law from the hila to the pleura.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "phantom/anatomy.h"

namespace cxrnet::imaging::phantom {
namespace {

constexpr double kDegree = std::numbers::pi / 180.0;
constexpr double kSmallestRadius = 0.0010;  // 0.4 mm; below lies the lung's texture
constexpr double kBloodContrast = 0.145;  // per cm: blood's attenuation less that of inflated lung
constexpr double kMurray = 3.0;           // r³ = r1³ + r2³
constexpr int kSteps = 4;                 // nodes of one branch

// Roots of the trees: where they leave the hilum, and their direction in degrees below the
// horizontal, outward.
struct RootSpec {
  Point at;
  double degrees;
  double radius;
};
constexpr double kRightHilumY = 0.435;
constexpr double kLeftHilumY = 0.415;  // the left hilum stands higher
const std::array<RootSpec, 7> kRoots{{{{0.082, -0.030}, -72, 0.0110},
                                      {{0.086, -0.022}, -45, 0.0100},
                                      {{0.090, -0.005}, -12, 0.0090},
                                      {{0.090, 0.010}, 22, 0.0100},
                                      {{0.086, 0.022}, 48, 0.0125},
                                      {{0.082, 0.030}, 68, 0.0150},
                                      {{0.078, 0.040}, 84, 0.0110}}};

struct Branch {
  Point at;
  double angle;  // radians below the horizontal
  double radius;
};

double attenuation_of(double radius) { return 2.0 * radius * kFieldCm * kBloodContrast; }

class Tree {
 public:
  Tree(const Lung& lung, Random& random, std::vector<Tube>& tubes)
      : lung_(lung), random_(random), tubes_(tubes) {}

  void grow(Branch branch) {
    if (branch.radius < kSmallestRadius) return;
    Tube tube;
    branch.at -= branch.radius * direction(branch.angle);  // into its parent: ends are round
    const double length = branch.radius * random_.uniform(3.0, 6.5) + 0.010;
    double radius = branch.radius;
    for (int i = 0; i <= kSteps; ++i) {
      tube.nodes.push_back({branch.at, radius, attenuation_of(radius)});
      branch.angle += 5.0 * kDegree * random_.normal();
      branch.at += length / kSteps * direction(branch.angle);
      radius *= 0.975;
    }
    tubes_.push_back(std::move(tube));
    if (!inside(branch.at)) return;
    const double share = random_.uniform(0.25, 0.5);  // of the flow, to the smaller child
    const double turn = random_.uniform() < 0.5 ? -1.0 : 1.0;
    grow({branch.at, branch.angle + turn * random_.uniform(8, 20) * kDegree,
          radius * std::pow(1.0 - share, 1.0 / kMurray)});
    grow({branch.at, branch.angle - turn * random_.uniform(22, 48) * kDegree,
          radius * std::pow(share, 1.0 / kMurray)});
  }

 private:
  Point direction(double angle) const { return {lung_.side * std::cos(angle), std::sin(angle)}; }

  bool inside(Point at) const {
    const double fraction = lung_.lateral_fraction(at);
    return fraction < 0.97 && fraction > -0.4 && at.y > lung_.apex_y &&
           at.y < lung_.dome_y + lung_.lateral_drop;
  }

  const Lung& lung_;
  Random& random_;
  std::vector<Tube>& tubes_;
};

}  // namespace

std::vector<Tube> make_vessels(int64_t seed, const Anatomy& anatomy) {
  Random random = stream(seed, Stream::vessels);
  std::vector<Tube> tubes;
  for (const Lung& lung : anatomy.lungs) {
    Tree tree(lung, random, tubes);
    const double hilum_y = lung.side < 0 ? kRightHilumY : kLeftHilumY;
    for (const RootSpec& root : kRoots) {
      for (const double pair : {0.0, 7.0}) {  // artery and vein run side by side
        const double angle = (root.degrees + pair + 6.0 * random.normal()) * kDegree;
        tree.grow({{lung.side * (root.at.x + 0.004 * random.normal()),
                    hilum_y + root.at.y + 0.012 * random.normal()},
                   angle,
                   root.radius * random.uniform(0.9, 1.3)});
      }
    }
  }
  return tubes;
}

}  // namespace cxrnet::imaging::phantom
