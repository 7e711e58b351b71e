// The phantom's parts against closed forms.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <vector>

#include "phantom/anatomy.h"
#include "phantom/attenuation.h"
#include "phantom/detector.h"
#include "phantom/lesion.h"
#include "phantom/raster.h"
#include "phantom/texture.h"

namespace cxrnet::imaging::phantom {
namespace {

// With this pose anatomy (x, y) lies at pixel (size · (x + 0.5), size · y).
const Pose kUpright{};

cv::Mat draw(const Patch& patch, int size) {
  Raster raster(size, kUpright);
  raster.add(patch);
  return raster.finish();
}

TEST(PhantomRasterTest, PatchCoversPixelsByTheirExactShare) {
  // Pixels 1.25 … 2.5 across and 1 … 3.5 down on a grid of 4.
  const cv::Mat image =
      draw({{{-0.1875, 0.25}, {0.125, 0.25}, {0.125, 0.875}, {-0.1875, 0.875}}, 2.0}, 4);
  const cv::Mat expected =
      (cv::Mat_<float>(4, 4) << 0, 0, 0, 0, 0, 1.5, 1, 0, 0, 1.5, 1, 0, 0, 0.75, 0.5, 0);
  EXPECT_LT(cv::norm(image, expected, cv::NORM_INF), 1e-6);
}

TEST(PhantomRasterTest, TriangleHasItsAreaWhateverItsWinding) {
  const std::vector<Point> corners{{-0.31, 0.13}, {0.42, 0.29}, {0.05, 0.91}};
  const double area =
      0.5 * std::abs((corners[1] - corners[0]).cross(corners[2] - corners[0])) * 50.0 * 50.0;
  const Patch clockwise{corners, 0.7};
  const Patch counter{{corners[0], corners[2], corners[1]}, 0.7};
  EXPECT_NEAR(cv::sum(draw(clockwise, 50))[0], 0.7 * area, 1e-2);
  EXPECT_LT(cv::norm(draw(clockwise, 50), draw(counter, 50), cv::NORM_INF), 1e-6);
}

TEST(PhantomRasterTest, ShapesMayReachBeyondThePicture) {
  const cv::Mat covered = draw({{{-2.0, -1.0}, {3.0, -1.5}, {2.5, 4.0}, {-1.0, 2.0}}, 0.25}, 16);
  EXPECT_LT(cv::norm(covered, cv::Mat(16, 16, CV_32FC1, cv::Scalar(0.25)), cv::NORM_INF), 1e-6);
  const cv::Mat outside = draw({{{0.6, 0.1}, {0.9, 0.1}, {0.9, 0.9}}, 1.0}, 16);
  EXPECT_EQ(cv::norm(outside, cv::NORM_INF), 0.0);
}

TEST(PhantomRasterTest, TubeIsAsThickAsACylinder) {
  constexpr int kSize = 400;
  constexpr double kRadius = 0.1;
  Raster raster(kSize, kUpright);
  raster.add(Tube{.nodes = {{{-0.45, 0.5}, kRadius, 0.3}, {{0.45, 0.5}, kRadius, 0.3}}});
  const cv::Mat image = raster.finish();
  for (const double offset : {0.0, 0.02, 0.05, 0.08, 0.12}) {
    const int row = static_cast<int>(kSize * (0.5 + offset));
    const double distance = ((row + 0.5) / kSize - 0.5) / kRadius;
    const double chord = 0.3 * std::sqrt(std::max(0.0, 1.0 - distance * distance));
    EXPECT_NEAR(image.at<float>(row, kSize / 2), chord, 0.012) << offset;
  }
}

TEST(PhantomAnatomyTest, PoseIsInvertible) {
  const Pose pose{.rotation = 0.3, .scale_x = 1.2, .scale_y = 0.8, .shift = {0.04, -0.07}};
  const Point at{0.21, 0.64};
  const Point back = pose.to_anatomy(pose.to_image(at));
  EXPECT_NEAR(back.x, at.x, 1e-12);
  EXPECT_NEAR(back.y, at.y, 1e-12);
  EXPECT_NEAR(kUpright.to_image(at).x, 0.71, 1e-12);
  EXPECT_NEAR(kUpright.to_image(at).y, 0.64, 1e-12);
}

TEST(PhantomAnatomyTest, CurvePassesThroughItsKnotsAndIsConstantBeyond) {
  const Curve curve({{0.0, 1.0}, {0.25, 3.0}, {0.5, 2.0}, {1.0, 0.0}});
  EXPECT_NEAR(curve(0.25), 3.0, 1e-6);
  EXPECT_NEAR(curve(0.5), 2.0, 1e-6);
  EXPECT_EQ(curve(-1.0), 1.0);
  EXPECT_EQ(curve(5.0), 0.0);
  const Curve line({{0.0, 0.0}, {0.3, 0.6}, {1.0, 2.0}});
  EXPECT_NEAR(line(0.77), 1.54, 1e-3);
}

TEST(PhantomAnatomyTest, EllipsoidHasItsChord) {
  const Ellipsoid ball{
      .centre = {0.1, 0.5}, .half_width = 0.2, .half_height = 0.1, .depth_cm = 10.0};
  EXPECT_NEAR(ball.chord_cm({0.1, 0.5}), 10.0, 1e-12);
  EXPECT_NEAR(ball.chord_cm({0.22, 0.5}), 8.0, 1e-12);  // 3-4-5
  EXPECT_EQ(ball.chord_cm({0.1, 0.61}), 0.0);
  Ellipsoid upright = ball;
  upright.tilt = std::numbers::pi / 2.0;
  EXPECT_NEAR(upright.chord_cm({0.1, 0.62}), 8.0, 1e-9);
}

TEST(PhantomAnatomyTest, LungsAreMirroredRegionsAboveTheirDomes) {
  for (int seed = 0; seed < 20; ++seed) {
    const Anatomy anatomy = make_anatomy(seed);
    for (const Lung& lung : anatomy.lungs) {
      const Point middle{lung.side * 0.18, 0.5};
      EXPECT_TRUE(lung.contains(middle)) << seed;
      EXPECT_FALSE(lung.contains({-middle.x, middle.y})) << seed;
      EXPECT_FALSE(lung.contains({middle.x, lung.dome_y + 0.06})) << seed << ": below the dome";
      EXPECT_FALSE(lung.contains({lung.side * 0.2, lung.apex_y - 0.001})) << seed;
      EXPECT_LT(lung.dome_at(lung.side * lung.dome_x), lung.dome_at(lung.side * lung.base_x))
          << seed << ": costophrenic angle";
    }
  }
}

TEST(PhantomAnatomyTest, VesselsBranchAndThinOut) {
  const auto vessels = make_vessels(3, make_anatomy(3));
  EXPECT_GT(vessels.size(), 200U);
  for (const Tube& tube : vessels) EXPECT_LT(tube.nodes.back().radius, tube.nodes.front().radius);
}

TEST(PhantomAttenuationTest, BonesAndVesselsAddAndAirwaysTakeAway) {
  constexpr int kSize = 160;
  const Anatomy anatomy = make_anatomy(2);
  const auto vessels = make_vessels(2, anatomy);
  const Projection whole = project(anatomy, vessels, 2, kSize);
  Anatomy boneless = anatomy;
  boneless.bones.clear();
  boneless.bone_plates.clear();
  Anatomy airless = anatomy;
  airless.airways.clear();
  const cv::Mat bone = whole.attenuation - project(boneless, vessels, 2, kSize).attenuation;
  const cv::Mat airways = project(airless, vessels, 2, kSize).attenuation - whole.attenuation;
  const cv::Mat blood = whole.attenuation - project(anatomy, {}, 2, kSize).attenuation;
  for (const cv::Mat& part : {bone, airways, blood}) {
    double low = 0.0;
    double high = 0.0;
    cv::minMaxLoc(part, &low, &high);
    EXPECT_GT(low, -1e-4);
    EXPECT_GT(high, 0.1);
  }
}

TEST(PhantomAttenuationTest, BoneIsBrighterThanTheLungFieldAroundIt) {
  constexpr int kSize = 256;
  const PhantomOptions options{.size = kSize, .noise = 0.0};
  for (int seed = 0; seed < 5; ++seed) {
    const Anatomy anatomy = make_anatomy(seed);
    Raster raster(kSize, anatomy.pose);
    for (const Tube& bone : anatomy.bones) raster.add(bone);
    const cv::Mat bone = raster.finish();
    const Projection projection = project(anatomy, make_vessels(seed, anatomy), seed, kSize);
    const cv::Mat image =
        expose(projection.attenuation, cv::Mat::zeros(kSize, kSize, CV_32FC1), options);
    const cv::Mat field = projection.lung_mask & (projection.lung_cm > 9.0);
    const double ribs = cv::mean(image, field & (bone > 0.1))[0];
    const double spaces = cv::mean(image, field & (bone < 0.01))[0];
    EXPECT_GT(ribs, 1.03 * spaces) << seed;
  }
}

TEST(PhantomAttenuationTest, MapsEndWhereTheyShould) {
  constexpr int kSize = 128;
  const Anatomy anatomy = make_anatomy(7);
  const Projection projection = project(anatomy, make_vessels(7, anatomy), 7, kSize);
  EXPECT_EQ(projection.attenuation.at<float>(1, 1), 0.0F) << "air beside the neck";
  EXPECT_EQ(cv::countNonZero((projection.lung_cm > 0.0F) & ~projection.lung_mask), 0);
  double low = 0.0;
  double high = 0.0;
  cv::minMaxLoc(projection.attenuation, &low, &high);
  EXPECT_EQ(low, 0.0);
  // Water's 0.19 per cm over the whole thickness, and at most a few bones on top.
  EXPECT_GT(high, 0.9 * kSoftTissuePerCm * anatomy.thickness_cm);
  EXPECT_LT(high, 1.6 * kSoftTissuePerCm * anatomy.thickness_cm);
}

TEST(PhantomLesionTest, NothingIsAddedBelowTheThreshold) {
  const Anatomy anatomy = make_anatomy(4);
  const auto vessels = make_vessels(4, anatomy);
  const Projection projection = project(anatomy, vessels, 4, 128);
  for (const auto& [finding, name] : EnumNames<Finding>::values) {
    const PhantomOptions options{.size = 128, .seed = 4, .finding = finding};
    const cv::Mat lesion = lesion_attenuation(options, anatomy, vessels, projection);
    EXPECT_EQ(cv::countNonZero((lesion > 0.0) & (lesion < kLesionThreshold)), 0) << name;
    EXPECT_EQ(cv::countNonZero(lesion < 0.0), 0) << name;
    // A lesion can replace air by fluid, but not add more than the lung's depth of it.
    const cv::Mat most = (kSoftTissuePerCm - kInflatedLungPerCm) * projection.lung_cm;
    EXPECT_EQ(cv::countNonZero(lesion > most + 1e-5), 0) << name;
  }
}

TEST(PhantomDetectorTest, MoreAttenuationIsBrighter) {
  constexpr int kSize = 64;
  const Anatomy anatomy = make_anatomy(1);
  const Projection projection = project(anatomy, {}, 1, kSize);
  const PhantomOptions options{.size = kSize, .seed = 1, .noise = 0.0};
  cv::Mat before = expose(projection.attenuation, cv::Mat::zeros(kSize, kSize, CV_32FC1), options);
  for (const double added : {0.05, 0.2, 0.8, 3.0}) {
    const cv::Mat image =
        expose(projection.attenuation, cv::Mat(kSize, kSize, CV_32FC1, cv::Scalar(added)), options);
    EXPECT_EQ(cv::countNonZero(image > before), kSize * kSize) << added;
    before = image;
  }
}

/// Root mean square of the noise as a change of attenuation: grey levels over the grey levels of a
/// known change.
double noise_as_attenuation(const Projection& projection, PhantomOptions options) {
  constexpr double kChange = 0.02;
  const cv::Mat nothing = cv::Mat::zeros(projection.attenuation.size(), CV_32FC1);
  const cv::Mat noisy = expose(projection.attenuation, nothing, options);
  options.noise = 0.0;
  const cv::Mat clean = expose(projection.attenuation, nothing, options);
  const cv::Mat changed = expose(projection.attenuation, nothing + kChange, options);
  cv::Mat noise;
  cv::Mat slope;
  cv::subtract(noisy, clean, noise, cv::noArray(), CV_32F);
  cv::subtract(changed, clean, slope, cv::noArray(), CV_32F);
  cv::Mat ratio;
  cv::divide(noise, slope, ratio);
  const cv::Mat body = projection.attenuation > 1.0;
  return kChange * cv::norm(ratio, cv::NORM_L2, body) / std::sqrt(cv::countNonZero(body));
}

TEST(PhantomDetectorTest, QuantumNoiseFallsWithTheRootOfTheDose) {
  constexpr int kSize = 256;
  const Projection projection = project(make_anatomy(1), {}, 1, kSize);
  const auto noise = [&](double exposure) {
    return noise_as_attenuation(projection,
                                {.size = kSize, .seed = 1, .noise = 1.0, .exposure = exposure});
  };
  EXPECT_NEAR(noise(0.5) / noise(1.0), std::sqrt(2.0), 0.03);
  EXPECT_NEAR(noise(0.5) / noise(2.0), 2.0, 0.04);
}

TEST(PhantomTextureTest, NoiseHasMeanZeroAndVarianceOne) {
  Random random(5);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(fractal_noise(random, 32, 3, 0.7, 256), mean, deviation);
  EXPECT_NEAR(mean[0], 0.0, 0.1);
  EXPECT_NEAR(deviation[0], 1.0, 0.15);
}

TEST(PhantomTextureTest, NetLiesBetweenZeroAndOne) {
  Random random(6);
  double low = 0.0;
  double high = 0.0;
  cv::minMaxLoc(net_noise(random, 40, 200), &low, &high);
  EXPECT_GE(low, 0.0);
  EXPECT_LE(high, 1.0);
  EXPECT_GT(high, 0.95);
}

}  // namespace
}  // namespace cxrnet::imaging::phantom
