#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/data/augmentation.h"
#include "cxrnet/nn/blur.h"

namespace cxrnet::data {
namespace {

constexpr int64_t kSide = 64;

Sample noise_sample() {
  return {.image = at::rand({1, kSide, kSide}).mul(0.5).add(0.25), .mask = {}};
}

AugmentationOptions removing(double everything) {
  AugmentationOptions options;
  options.removal_probability = 1.0;
  options.removal_everything = everything;
  return options;
}

int64_t jumps(const at::Tensor& cells) {
  const auto map = cells.to(at::kInt);
  return (map.slice(0, 1) - map.slice(0, 0, -1)).abs().sum().item<int64_t>() +
         (map.slice(1, 1) - map.slice(1, 0, -1)).abs().sum().item<int64_t>();
}

TEST(RandomCells, TakesTheShareThatWasAsked) {
  Random random(5);
  for (const double share : {0.0, 0.1, 0.5, 0.999, 1.0}) {
    const auto cells = random_cells(16, share, random.uniform(), random);
    EXPECT_EQ(cells.sizes(), (std::vector<int64_t>{16, 16}));
    EXPECT_EQ(cells.sum().item<int64_t>(), std::llround(share * 256)) << share;
  }
}

TEST(RandomCells, ConnectedOnesHaveFewerBorders) {
  Random random(5);
  int64_t scattered = 0;
  int64_t connected = 0;
  for (int i = 0; i < 20; ++i) {
    scattered += jumps(random_cells(16, 0.5, 0.0, random));
    connected += jumps(random_cells(16, 0.5, 1.0, random));
  }
  EXPECT_NEAR(scattered / 20.0, 240.0, 24.0);  // half of 2 · 16 · 15 neighbours differ by chance
  EXPECT_LT(connected, scattered / 3);
}

TEST(RemovePart, ReplacesWholeCellsByOneOfThreeFills) {
  Random random(5);
  int blank = 0;
  double removed_share = 0.0;
  for (int i = 0; i < 60; ++i) {
    const auto sample = noise_sample();
    const auto result = remove_part(sample, removing(0.0), random);
    blank += result.is_blank ? 1 : 0;
    const auto changed = result.image.ne(sample.image);
    removed_share += changed.to(at::kFloat).mean().item<double>() / 60.0;
    const auto values = result.image.masked_select(changed);
    if (values.numel() == 0) continue;
    const auto blurred =
        nn::strong_blur(sample.image.unsqueeze(0)).squeeze(0).masked_select(changed);
    const bool is_black = values.max().item<double>() == 0.0;
    const bool is_mean = (values - sample.image.mean()).abs().max().item<double>() < 1e-6;
    const bool is_blur = (values - blurred).abs().max().item<double>() < 1e-6;
    EXPECT_TRUE(is_black || is_mean || is_blur);
    const auto cell = kSide / kRemovalCells;
    const auto cells = changed.view({kRemovalCells, cell, kRemovalCells, cell}).to(at::kFloat);
    const auto filled = cells.mean(at::IntArrayRef{1, 3});
    EXPECT_TRUE(((filled == 0).logical_or(filled == 1)).all().item<bool>());
  }
  EXPECT_EQ(blank, 0);
  EXPECT_NEAR(removed_share, 0.5, 0.15);
}

TEST(RemovePart, TakesEverythingAsOftenAsAsked) {
  Random random(5);
  int blank = 0;
  for (int i = 0; i < 400; ++i)
    blank += remove_part(noise_sample(), removing(0.25), random).is_blank;
  EXPECT_NEAR(blank, 100, 35);
  const auto sample = noise_sample();
  const auto result = remove_part(sample, removing(1.0), random);
  EXPECT_TRUE(result.is_blank);
  EXPECT_EQ(result.image.eq(sample.image).sum().item<int64_t>(), 0);
}

TEST(RemovePart, IsOffByDefault) {
  Random random(5);
  const auto sample = noise_sample();
  EXPECT_TRUE(remove_part(sample, {}, random).image.is_same(sample.image));
}

}  // namespace
}  // namespace cxrnet::data
