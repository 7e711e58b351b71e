// The affine part of augmentation.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "augmentation_samples.h"
#include "cxrnet/data/augmentation.h"

namespace cxrnet::data {
namespace {

TEST(Warp, IdentityChangesNothing) {
  const Sample sample{ramp(), ramp().gt(0.5).to(at::kFloat)};
  const auto same = warp(sample, kIdentityAffine);
  EXPECT_TRUE(at::equal(same.image, sample.image));
  EXPECT_TRUE(at::equal(same.mask, sample.mask));
}

struct KnownWarp {
  const char* name;
  Affine affine;
  std::function<at::Tensor(const at::Tensor&)> expected;
};

at::Tensor shifted_right(const at::Tensor& image, int64_t pixels) {
  auto result = at::zeros_like(image);
  result.narrow(2, pixels, kSide - pixels).copy_(image.narrow(2, 0, kSide - pixels));
  return result;
}

TEST(Warp, EqualsKnownTransformations) {
  const KnownWarp rows[] = {
      {"mirror", {-1, 0, 0, 0, 1, 0}, [](const at::Tensor& image) { return image.flip({2}); }},
      {"half turn",
       {-1, 0, 0, 0, -1, 0},
       [](const at::Tensor& image) {
         return image.flip({1, 2});
       }},
      {"transpose",
       {0, 1, 0, 1, 0, 0},
       [](const at::Tensor& image) { return image.transpose(1, 2); }},
      {"quarter turn",
       {0, -1, 0, 1, 0, 0},
       [](const at::Tensor& image) {
         return at::rot90(image, 1, {1, 2});
       }},
      {"four pixels right",
       {1, 0, -4 * 2.0 / kSide, 0, 1, 0},
       [](const at::Tensor& image) { return shifted_right(image, 4); }},
  };
  const auto image = ramp();
  const auto mask = image.gt(0.5).to(at::kFloat);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto warped = warp({image, mask}, row.affine);
    EXPECT_LT(max_difference(warped.image, row.expected(image)), 1e-5);
    EXPECT_LT(max_difference(warped.mask, row.expected(mask)), 1e-5);
  }
}

TEST(Warp, ZoomReadsBetweenPixels) {
  // A plane stays a plane under bilinear interpolation: the inner half, at quarter pixels.
  const auto warped = warp({ramp(), {}}, {0.5, 0, 0, 0, 0.5, 0}).image;
  const auto position = [](int64_t i) {
    return (static_cast<double>(i) + 0.5) / 2.0 + kSide / 4.0 - 0.5;
  };
  for (int64_t y = 0; y < kSide; y += 5) {
    for (int64_t x = 0; x < kSide; x += 5) {
      const double expected = (position(x) + 1.7 * position(y)) / (kSide * 2.7) * 0.8 + 0.1;
      EXPECT_NEAR(warped[0][y][x].item<double>(), expected, 1e-5);
    }
  }
}

TEST(Warp, MasksStayBinary) {
  Random random(1);
  AugmentationOptions options;
  options.rotation_degrees = 30.0;
  const auto mask =
      warp({ramp(), ramp().gt(0.5).to(at::kFloat)}, random_affine(options, random)).mask;
  EXPECT_TRUE(at::logical_or(mask.eq(0.0), mask.eq(1.0)).all().item<bool>());
  EXPECT_GT(mask.sum().item<double>(), 0.0);
}

double determinant(const Affine& m) { return m[0] * m[4] - m[1] * m[3]; }

TEST(RandomAffine, AllOffIsTheIdentity) {
  Random random(1);
  EXPECT_EQ(random_affine(nothing(), random), kIdentityAffine);
}

TEST(RandomAffine, RotationTurnsWithinItsLimit) {
  auto options = nothing();
  options.rotation_degrees = 10.0;
  Random random(1);
  double largest = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    const auto m = random_affine(options, random);
    EXPECT_NEAR(determinant(m), 1.0, 1e-12);
    EXPECT_NEAR(m[0], m[4], 1e-12);
    EXPECT_NEAR(m[1], -m[3], 1e-12);
    largest = std::max(largest, std::abs(std::atan2(m[3], m[0])) * 180.0 / std::numbers::pi);
  }
  EXPECT_LE(largest, 10.0);
  EXPECT_GT(largest, 9.0);
}

TEST(RandomAffine, ScaleIsZoom) {
  auto options = nothing();
  options.scale = 0.1;
  Random random(1);
  double smallest = 2.0, largest = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    const auto m = random_affine(options, random);
    EXPECT_EQ(m[0], m[4]);
    smallest = std::min(smallest, 1.0 / m[0]);
    largest = std::max(largest, 1.0 / m[0]);
  }
  EXPECT_GE(smallest, 0.9 - 1e-12);
  EXPECT_LT(smallest, 0.91);
  EXPECT_LE(largest, 1.1 + 1e-12);
  EXPECT_GT(largest, 1.09);
}

TEST(RandomAffine, StretchKeepsTheArea) {
  auto options = nothing();
  options.stretch = 0.3;
  Random random(1);
  double largest = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    const auto m = random_affine(options, random);
    EXPECT_NEAR(determinant(m), 1.0, 1e-12);
    largest = std::max(largest, std::abs(m[4] / m[0] - 1.0));
  }
  EXPECT_LE(largest, 0.3 + 1e-12);
  EXPECT_GT(largest, 0.25);
}

TEST(RandomAffine, ShearSlantsWithinItsLimit) {
  auto options = nothing();
  options.shear_degrees = 5.0;
  Random random(1);
  double largest = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    const auto m = random_affine(options, random);
    EXPECT_EQ((Affine{m[0], 0, m[2], m[3], m[4], m[5]}), kIdentityAffine);
    largest = std::max(largest, std::abs(m[1]));
  }
  EXPECT_LE(largest, std::tan(5.0 * std::numbers::pi / 180.0));
  EXPECT_GT(largest, std::tan(4.5 * std::numbers::pi / 180.0));
}

TEST(RandomAffine, TranslationIsAPartOfTheSide) {
  auto options = nothing();
  options.translate = 0.05;
  Random random(1);
  double largest_x = 0.0, largest_y = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    const auto m = random_affine(options, random);
    largest_x = std::max(largest_x, std::abs(m[2]));
    largest_y = std::max(largest_y, std::abs(m[5]));
  }
  for (const double largest : {largest_x, largest_y}) {
    EXPECT_LE(largest, 0.1);  // the side is 2 long
    EXPECT_GT(largest, 0.09);
  }
}

TEST(RandomAffine, CropStaysInsideTheImage) {
  auto options = nothing();
  options.crop_area = 0.5;
  Random random(1);
  double smallest_area = 1.0;
  for (int i = 0; i < kDraws; ++i) {
    const auto m = random_affine(options, random);
    EXPECT_LE(std::abs(m[2]) + m[0], 1.0 + 1e-12);
    EXPECT_LE(std::abs(m[5]) + m[4], 1.0 + 1e-12);
    smallest_area = std::min(smallest_area, determinant(m));
  }
  EXPECT_GE(smallest_area, 0.5 - 1e-12);
  EXPECT_LT(smallest_area, 0.52);
}

TEST(RandomAffine, FlipsAsOftenAsAsked) {
  auto options = nothing();
  options.flip_probability = 0.25;
  Random random(1);
  int flips = 0;
  for (int i = 0; i < 1000; ++i) flips += random_affine(options, random)[0] < 0.0;
  EXPECT_NEAR(flips, 250, 60);  // more than 4 standard deviations
}

}  // namespace
}  // namespace cxrnet::data
