#include "cxrnet/explain/removal.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "error_matchers.h"

namespace cxrnet::explain {
namespace {

constexpr auto kMost = RemovalOrder::most_relevant_first;
constexpr auto kLeast = RemovalOrder::least_relevant_first;

at::Tensor one_row(const std::vector<float>& heat) { return at::tensor(heat).view({1, 1, 1, -1}); }

std::vector<int64_t> levels_of(const std::vector<float>& heat, RemovalOrder order, int64_t levels) {
  const auto result =
      removal_levels(one_row(heat), RemovalForm::threshold, order, levels).flatten().to(at::kLong);
  return {result.data_ptr<int64_t>(), result.data_ptr<int64_t>() + result.numel()};
}

// A map without ties.
at::Tensor distinct_heat(int64_t height, int64_t width, uint64_t seed) {
  at::manual_seed(seed);
  const auto order = at::randperm(height * width, at::kFloat);
  return (order / static_cast<double>(height * width)).view({1, 1, height, width});
}

// Eq. (12): at level x every pixel with heat >= 1 - x goes. By hand at ten levels.
TEST(Removal, TheThresholdFormIsThePapers) {
  EXPECT_EQ(levels_of({1.0F, 0.95F, 0.9F, 0.89F, 0.5F, 0.11F, 0.1F, 0.05F, 0.0F}, kMost, 10),
            (std::vector<int64_t>{1, 1, 1, 2, 5, 9, 9, 10, 10}));
  EXPECT_EQ(levels_of({1.0F, 0.9F, 0.89F, 0.5F, 0.11F, 0.1F, 0.05F, 0.0F}, kLeast, 10),
            (std::vector<int64_t>{10, 9, 9, 5, 2, 1, 1, 1}));
  EXPECT_EQ(levels_of({1.0F, 0.5F, 0.0F}, kMost, 1), (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(levels_of({1.0F, 0.5F, 0.49F, 0.0F}, kMost, 2), (std::vector<int64_t>{1, 1, 2, 2}));
}

// The level of a pixel whose rank is r: the first k with round(k / levels * pixels) > r.
TEST(Removal, TheRankFormTakesTheSameAreaOfEveryMap) {
  const int64_t pixels = 17 * 23;
  for (const auto& heat : {distinct_heat(17, 23, 1), distinct_heat(17, 23, 2).pow(9),
                           at::zeros({1, 1, 17, 23}), at::ones({1, 1, 17, 23})}) {
    const auto level = removal_levels(heat, RemovalForm::rank, kMost, 10);
    for (int64_t k = 0; k <= 10; ++k) {
      EXPECT_EQ((level <= k).sum().item<int64_t>(), std::llround(k * 0.1 * pixels)) << k;
    }
  }
}

TEST(Removal, WhatGoesIsAtLeastAsBrightAsWhatStays) {
  const auto heat = distinct_heat(20, 30, 3);
  const auto most = removal_levels(heat, RemovalForm::rank, kMost, 7);
  const auto least = removal_levels(heat, RemovalForm::rank, kLeast, 7);
  for (int64_t k = 1; k < 7; ++k) {
    EXPECT_GT(heat.masked_select(most <= k).min().item<float>(),
              heat.masked_select(most > k).max().item<float>());
    EXPECT_LT(heat.masked_select(least <= k).max().item<float>(),
              heat.masked_select(least > k).min().item<float>());
  }
}

TEST(Removal, TheBlockFormTakesWholeBlocksByTheirMean) {
  auto heat = at::zeros({1, 1, 32, 48});           // blocks of 2 x 3 pixels
  heat.slice(2, 4, 6).slice(3, 9, 12).fill_(0.5);  // block (2, 3): mean 0.5
  heat[0][0][20][30] = 1.0;                        // block (10, 10): mean 1/6
  const auto level = removal_levels(heat, RemovalForm::block, kMost, 100);
  // Levels k of 100 take round(2.56 k) blocks: 3 at the first, so that both go at once ...
  EXPECT_EQ(level.slice(2, 4, 6).slice(3, 9, 12).max().item<int64_t>(), 1);
  EXPECT_EQ(level.slice(2, 20, 22).slice(3, 30, 33).max().item<int64_t>(), 1);
  EXPECT_EQ((level == 1).sum().item<int64_t>(), 3 * 6);
  // ... and last of all when the darkest go first.
  const auto least = removal_levels(heat, RemovalForm::block, kLeast, 100);
  EXPECT_EQ(least.slice(2, 4, 6).slice(3, 9, 12).min().item<int64_t>(), 100);
  EXPECT_EQ(least.slice(2, 20, 22).slice(3, 30, 33).min().item<int64_t>(), 100);
}

// Sizes that 16 does not divide: the blocks still tile the image, none is left out.
TEST(Removal, BlocksTileAnySize) {
  const auto heat = distinct_heat(50, 71, 4);
  const auto level = removal_levels(heat, RemovalForm::block, kMost, 10)[0][0];
  for (int64_t row = 0; row < 16; ++row) {
    for (int64_t column = 0; column < 16; ++column) {
      const auto first = [](int64_t block, int64_t size) { return (block * size + 15) / 16; };
      const auto block = level.slice(0, first(row, 50), first(row + 1, 50))
                             .slice(1, first(column, 71), first(column + 1, 71));
      EXPECT_EQ(block.min().item<int64_t>(), block.max().item<int64_t>()) << row << " " << column;
    }
  }
  EXPECT_EQ(level.max().item<int64_t>(), 10);
}

// A grid that training did not use: blocks of 3 x 5 pixels, a tenth of them at each level.
TEST(Removal, TheGridIsAnOption) {
  const auto heat = distinct_heat(30, 50, 5);
  const auto level = removal_levels(heat, RemovalForm::block, kMost, 10, 10)[0][0];
  for (int64_t k = 1; k <= 10; ++k) EXPECT_EQ((level == k).sum().item<int64_t>(), 150) << k;
  const auto blocks = level.view({10, 3, 10, 5});
  EXPECT_TRUE(
      at::equal(blocks.amin(std::vector<int64_t>{1, 3}), blocks.amax(std::vector<int64_t>{1, 3})));
  const auto code = [&](int64_t grid) {
    return caught([&] { removal_levels(heat, RemovalForm::block, kMost, 10, grid); }).code;
  };
  EXPECT_EQ(code(31), ErrorCode::invalid_shape);
  EXPECT_EQ(code(1), ErrorCode::invalid_option);
  EXPECT_EQ(code(65), ErrorCode::invalid_option);
  EXPECT_EQ(code(30), std::nullopt);
}

// Equal heat goes in one fixed order that has no direction: a flat map loses as much above as below
// (binomial: 128 ± 5 standard deviations of 5.7 among 256 of 512 pixels).
TEST(Removal, TiesAreBrokenTheSameWayAndWithoutDirection) {
  const auto flat = at::full({2, 1, 16, 32}, 0.5F);
  const auto level = removal_levels(flat, RemovalForm::rank, kMost, 2);
  EXPECT_TRUE(at::equal(level, removal_levels(flat, RemovalForm::rank, kMost, 2)));
  EXPECT_TRUE(at::equal(level[0], level[1]));
  EXPECT_TRUE(
      at::equal(level[0], removal_levels(flat.slice(0, 1), RemovalForm::rank, kMost, 2)[0]));
  const auto above = (level[0].slice(1, 0, 8) == 1).sum().item<int64_t>();
  const auto left = (level[0].slice(2, 0, 16) == 1).sum().item<int64_t>();
  EXPECT_NEAR(above, 128, 29);
  EXPECT_NEAR(left, 128, 29);
}

TEST(Removal, RefusesWhatIsNoHeatMap) {
  const auto heat = at::rand({1, 1, 8, 8});
  const auto code = [&](const at::Tensor& map, RemovalForm form, int64_t levels) {
    return caught([&] { removal_levels(map, form, kMost, levels); }).code;
  };
  EXPECT_EQ(code(heat, RemovalForm::block, 10), ErrorCode::invalid_shape);
  EXPECT_EQ(code(heat, RemovalForm::rank, 0), ErrorCode::invalid_option);
  EXPECT_EQ(code(heat, RemovalForm::rank, 101), ErrorCode::invalid_option);
  EXPECT_EQ(code(heat + 1, RemovalForm::rank, 10), ErrorCode::invalid_option);
  EXPECT_EQ(code(heat * std::nan(""), RemovalForm::rank, 10), ErrorCode::invalid_option);
  EXPECT_EQ(code(heat.squeeze(1), RemovalForm::rank, 10), ErrorCode::invalid_shape);
  EXPECT_EQ(code(heat.to(at::kDouble), RemovalForm::rank, 10), ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::explain
