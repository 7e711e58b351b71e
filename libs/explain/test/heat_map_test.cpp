#include "cxrnet/explain/heat_map.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "cxrnet/explain/baseline_maps.h"
#include "error_matchers.h"

namespace cxrnet::explain {
namespace {

TEST(NormaliseHeatTest, ScalesEachImageByItsOwnMinimumAndMaximum) {
  const auto map = at::tensor({-1.0F, 0.0F, 1.0F, 3.0F, 10.0F, 10.0F, 30.0F, 20.0F});
  const auto heat = normalise_heat(map.view({2, 1, 2, 2}));
  const auto expected = at::tensor({0.0F, 0.25F, 0.5F, 1.0F, 0.0F, 0.0F, 1.0F, 0.5F});
  EXPECT_TRUE(at::equal(heat.flatten(), expected));
}

TEST(NormaliseHeatTest, MakesAConstantMapZero) {
  auto map = at::full({3, 1, 2, 2}, 0.7F);
  map[1].fill_(0.0F);
  map[2][0][0][0] = 0.7F + 5e-8F;  // the next number: a rounding error
  EXPECT_EQ(normalise_heat(map).abs().max().item<float>(), 0.0F);
  map[2][0][0][0] = 0.71F;
  EXPECT_EQ(normalise_heat(map)[2].max().item<float>(), 1.0F);
}

TEST(NormaliseHeatTest, RefusesWhatIsNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto map = at::zeros({1, 1, 2, 2});
    map[0][0][1][1] = value;
    EXPECT_EQ(caught([&] { normalise_heat(map); }).code, ErrorCode::diverged);
  }
  EXPECT_EQ(caught([] { normalise_heat(at::zeros({1, 2, 2, 2})); }).code, ErrorCode::invalid_shape);
}

// Pixel centres of the small map lie at 0.5 and 2.5 of 0 … 4 pixels: outside them the border's
// value holds, between them it is linear.
TEST(UpsampleMapTest, IsBilinearBetweenPixelCentres) {
  const auto map = upsample_map(at::tensor({0.0F, 4.0F}).view({1, 1, 1, 2}), 1, 4);
  EXPECT_TRUE(at::allclose(map.flatten(), at::tensor({0.0F, 1.0F, 3.0F, 4.0F})));
}

TEST(TargetLogitTest, TakesEachImagesOwn) {
  const auto logits = at::arange(6, at::kFloat).view({2, 3});
  const auto target = at::tensor({2, 0}, at::kLong);
  EXPECT_TRUE(at::equal(target_logit(logits, target), at::tensor({2.0F, 3.0F})));
}

TEST(RandomMapTest, DependsOnSeedAndImageButNotOnTheBatch) {
  const auto image = at::rand({3, 1, 9, 11});
  const auto map = random_map(image, 4);
  EXPECT_TRUE(at::equal(random_map(image[1].unsqueeze(0), 4)[0], map[1]));
  EXPECT_FALSE(at::equal(map[0], map[1]));
  EXPECT_FALSE(at::equal(random_map(image, 5), map));
  EXPECT_GE(map.min().item<float>(), 0.0F);
  EXPECT_LT(map.max().item<float>(), 1.0F);
}

TEST(RandomMapTest, IsUniform) {
  const auto map = random_map(at::rand({1, 1, 200, 200}), 4);
  const auto counts = at::histc(map, 10, 0, 1);
  EXPECT_LT((counts - 4000.0).abs().max().item<double>(), 300.0);  // five standard deviations
}

// Sobel of a step of height 1: 4 on the two columns beside it, 0 elsewhere, borders too.
TEST(EdgeMapTest, IsTheSobelMagnitude) {
  auto image = at::zeros({1, 1, 5, 6});
  image.narrow(3, 3, 3).fill_(1.0F);
  auto expected = at::zeros({1, 1, 5, 6});
  expected.narrow(3, 2, 2).fill_(4.0F);
  EXPECT_TRUE(at::allclose(edge_map(image), expected));
  EXPECT_TRUE(at::allclose(edge_map(image.transpose(2, 3).contiguous()), expected.transpose(2, 3)));
}

TEST(IsDead, HoldsForWhatIsConstantUpToRounding) {
  auto map = at::full({4, 1, 4, 5}, 0.5F);
  map[1].zero_();
  map[2][0][3][4] = 0.5F + 1e-7F;
  map[3][0][0][0] = 0.501F;
  EXPECT_TRUE(at::equal(is_dead(map).to(at::kLong), at::tensor({1, 1, 1, 0}, at::kLong)));
  EXPECT_EQ(is_dead(map.slice(0, 0, 0)).size(0), 0);
}

}  // namespace
}  // namespace cxrnet::explain
