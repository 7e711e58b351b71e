#include "cxrnet/nn/decoder.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {
namespace {

constexpr std::array<int64_t, 5> kChannels{4, 6, 8, 10, 12};
DecoderOptions options() { return {.widths = {10, 8, 6, 4, 3}}; }

// Levels of the sizes that the strides name, rounded down: odd images give maps that are not twice
// the next one.
Encoder::Levels random_levels(int64_t height, int64_t width,
                              const std::array<int64_t, 5>& strides) {
  Encoder::Levels levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = at::rand({2, kChannels[i], height / strides[i], width / strides[i]});
  }
  return levels;
}

TEST(Upsample, StartsWithConstantBlocks) {
  torch::manual_seed(1);
  Upsample upsample(5, 3);
  const auto output = upsample->forward(at::randn({2, 5, 4, 6}));
  ASSERT_EQ(output.sizes(), (std::vector<int64_t>{2, 3, 8, 12}));
  const auto blocks = output.view({2, 3, 4, 2, 6, 2});
  const auto first = blocks.slice(3, 0, 1).slice(5, 0, 1);
  EXPECT_TRUE((blocks == first).all().item<bool>());
  EXPECT_GT(first.var().item<double>(),
            0.1);  // blocks differ from one another, and between channels:
  EXPECT_FALSE(at::allclose(output.select(1, 0), output.select(1, 1)));
}

// A checkerboard is energy at the highest spatial frequency; without ICNR a constant input shows
// it.
TEST(Upsample, ConstantInputShowsNoCheckerboard) {
  torch::manual_seed(1);
  Upsample upsample(5, 3);
  const auto output = upsample->forward(at::ones({1, 5, 4, 4}));
  const auto sign = at::tensor({1.0F, -1.0F}).repeat({4});
  const auto checkerboard =
      (output * sign.view({1, 8}) * sign.view({8, 1})).mean(at::IntArrayRef{2, 3});
  EXPECT_LT(checkerboard.abs().max().item<double>(), 1e-6);
  EXPECT_GT(output.abs().mean().item<double>(), 0.1);
}

TEST(Upsample, ShufflesChannelsIntoBlocks) {
  Upsample upsample(1, 1);
  const at::NoGradGuard no_grad;
  upsample->named_parameters()["conv.weight"].copy_(
      at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).view({4, 1, 1, 1}));
  const auto output = upsample->forward(at::ones({1, 1, 1, 1})).squeeze();
  EXPECT_TRUE(output.equal(at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).view({2, 2})));  // row by row
}

TEST(DecoderBlock, TakesTheSizeOfTheSkipConnection) {
  DecoderBlock block(6, 4, 5);
  const auto output = block->forward(at::rand({2, 6, 3, 5}), at::rand({2, 4, 7, 9}));
  EXPECT_EQ(output.sizes(), (std::vector<int64_t>{2, 5, 7, 9}));
}

// With identity convolutions F leaves a positive skip map as it is: ReLU, then two leaky blocks,
// eq. (3).
TEST(DecoderBlock, RectifiesTheConcatenation) {
  DecoderBlock block(1, 1, 1);
  block->eval();
  const at::NoGradGuard no_grad;
  for (auto& item : block->named_parameters()) {
    if (item.value().dim() == 4) item.value().zero_();
  }
  // The second input channel of block1 is the skip connection; index 1, 1 is the kernel's centre.
  block->named_parameters()["block1.conv.weight"][0][1][1][1] = -1.0;
  block->named_parameters()["block2.conv.weight"][0][0][1][1] = 1.0;
  const auto skip = at::tensor({-2.0F, 0.0F, 1.0F, 3.0F}).view({1, 1, 2, 2});
  const auto output = block->forward(at::zeros({1, 1, 1, 1}), skip);
  // relu(skip) -> times -1 -> leaky 0.1 -> leaky 0.1
  const auto expected = at::tensor({0.0F, 0.0F, -0.01F, -0.03F}).view({1, 1, 2, 2});
  EXPECT_TRUE(at::allclose(output, expected, 1e-4, 1e-6)) << output;
}

TEST(Decoder, DrawsItsMapsInTheImagesSize) {
  torch::manual_seed(1);
  constexpr int64_t kMaps = 3;
  Decoder decoder(kChannels, options(), kMaps);
  const std::array<std::array<int64_t, 2>, 3> sizes{{{64, 64}, {97, 75}, {33, 130}}};
  for (const auto& strides :
       {std::array<int64_t, 5>{2, 4, 8, 16, 32}, std::array<int64_t, 5>{4, 8, 16, 16, 32}}) {
    for (const auto& [height, width] : sizes) {
      const auto image = at::rand({2, 1, height, width});
      const auto output = decoder->forward(image, random_levels(height, width, strides));
      EXPECT_EQ(output.sizes(), (std::vector<int64_t>{2, kMaps, height, width}));
      EXPECT_EQ(output.scalar_type(), at::kFloat);
    }
  }
}

TEST(Decoder, EveryLevelReachesTheOutput) {
  torch::manual_seed(1);
  Decoder decoder(kChannels, options());
  auto image = at::rand({2, 1, 64, 64}).requires_grad_();
  auto levels = random_levels(64, 64, {2, 4, 8, 16, 32});
  for (auto& level : levels) level.requires_grad_();
  decoder->forward(image, levels).square().sum().backward();
  EXPECT_GT(image.grad().abs().sum().item<double>(), 0.0);
  for (const auto& level : levels) EXPECT_GT(level.grad().abs().sum().item<double>(), 0.0);
}

TEST(Decoder, KeepsTheCallersFeaturesUnchanged) {
  Decoder decoder(kChannels, options());
  auto levels = random_levels(64, 64, {2, 4, 8, 16, 32});
  const auto before = levels[3].sub_(0.5).clone();
  const at::NoGradGuard no_grad;
  decoder->forward(at::rand({2, 1, 64, 64}), levels);
  EXPECT_TRUE(levels[3].equal(before));
}

TEST(Decoder, NeedsFiveWidths) {
  EXPECT_THROW(Decoder(kChannels, DecoderOptions{.widths = {8, 8, 8, 8}}), Error);
}

// Names are a file format.
TEST(Decoder, ParameterNamesAreFrozen) {
  Decoder decoder(kChannels, options());
  std::vector<std::string> expected;
  for (const char* level : {"level0.", "level1.", "level2.", "level3.", "level4."}) {
    for (const char* name :
         {"block1.conv.weight", "block1.bn.weight", "block1.bn.bias", "block2.conv.weight",
          "block2.bn.weight", "block2.bn.bias", "upsample.conv.weight", "upsample.conv.bias"}) {
      expected.push_back(std::string(level) + name);
    }
  }
  expected.insert(expected.end(), {"output.weight", "output.bias"});
  std::vector<std::string> actual;
  for (const auto& item : decoder->named_parameters()) actual.push_back(item.key());
  EXPECT_EQ(actual, expected);
}

}  // namespace
}  // namespace cxrnet::nn
