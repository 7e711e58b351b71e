#include "cxrnet/nn/blur.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {
namespace {

TEST(StrongBlur, KeepsBrightnessAndLosesDetail) {
  constexpr int64_t kSide = 64;
  const auto column = at::arange(kSide).remainder(2).to(at::kFloat);  // stripes of one pixel
  const auto stripes = column.view({1, 1, 1, kSide}).expand({2, 1, kSide, kSide});
  const auto blurred = strong_blur(stripes);
  EXPECT_EQ(blurred.sizes(), stripes.sizes());
  EXPECT_LT((blurred - 0.5).abs().max().item<double>(), 1e-6);
}

// A step at the middle is kept as a slope between the centres of the two cells beside it.
TEST(StrongBlur, InterpolatesBetweenCells) {
  constexpr int64_t kSide = 8 * kBlurCells;
  const auto step = at::arange(kSide).ge(kSide / 2).to(at::kFloat);
  const auto row =
      strong_blur(step.view({1, 1, 1, kSide}).expand({1, 1, kSide, kSide}))[0][0][kSide / 2];
  EXPECT_NEAR(row[0].item<double>(), 0.0, 1e-6);
  EXPECT_NEAR(row[kSide - 1].item<double>(), 1.0, 1e-6);
  EXPECT_NEAR(row[kSide / 2].item<double>(), 9.0 / 16.0, 1e-6);  // half a pixel past the middle
}

TEST(StrongBlur, TakesOddSizesAndRefusesOtherShapes) {
  EXPECT_EQ(strong_blur(at::rand({1, 1, 75, 97})).sizes(), (std::vector<int64_t>{1, 1, 75, 97}));
  EXPECT_THROW(strong_blur(at::rand({75, 97})), Error);
}

}  // namespace
}  // namespace cxrnet::nn
