#include "cxrnet/nn/unet.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/initialisation.h"
#include "cxrnet/nn/losses.h"
#include "reduced_precision.h"

namespace cxrnet::nn {
namespace {

UNet make(const UNetOptions& options = {.base_width = 4, .levels = 4}) {
  torch::manual_seed(1);
  UNet network(options);
  network->eval();
  return network;
}

TEST(UNet, AnswersAtTheImagesSizeWhateverItIs) {
  const at::NoGradGuard no_grad;
  auto network = make();
  const std::array<std::array<int64_t, 2>, 4> sizes{{{32, 32}, {33, 47}, {7, 100}, {1, 1}}};
  for (const auto& [height, width] : sizes) {
    const auto image = at::rand({2, 1, height, width});
    const auto logits = network->forward(image);
    EXPECT_EQ(logits.sizes(), image.sizes());
    EXPECT_EQ(logits.scalar_type(), at::kFloat);
  }
}

// Padding repeats the border, so that an image and the same image with its border repeated agree.
TEST(UNet, PadsByRepeatingTheBorder) {
  const at::NoGradGuard no_grad;
  auto network = make();
  const auto image = at::rand({1, 1, 30, 29});
  const auto repeated = at::replication_pad2d(image, {0, 3, 0, 2});
  EXPECT_TRUE(at::allclose(network->forward(image),
                           network->forward(repeated).slice(2, 0, 30).slice(3, 0, 29)));
}

// Counted by hand for width 1 and 2 levels: two convolutions each in down0, down1 and up0.
TEST(UNet, HasTheParametersOfTheFigure) {
  const auto network = make({.base_width = 1, .levels = 2});
  int64_t parameters = 0;
  for (const auto& parameter : network->parameters()) parameters += parameter.numel();
  const int64_t convolutions = 9 * (1 + 1 + 2 + 4 + 2 + 1);
  const int64_t norms = 2 * (1 + 1 + 2 + 2 + 1 + 1);
  const int64_t reduce = 2 * 1 + 1;
  const int64_t output = 1 + 1;
  EXPECT_EQ(parameters, convolutions + norms + reduce + output);
}

TEST(UNet, EveryParameterReceivesGradient) {
  auto network = make();
  network->train();
  const auto image = at::rand({2, 1, 40, 40});
  segmentation_loss(network->forward(image), (image > 0.5).to(at::kFloat)).backward();
  for (const auto& item : network->named_parameters()) {
    EXPECT_GT(item.value().grad().abs().sum().item<double>(), 0.0) << item.key();
  }
}

TEST(UNet, RunsInReducedPrecisionChannelsLast) {
  const at::NoGradGuard no_grad;
  auto network = make();
  const auto image = at::rand({1, 1, 48, 48});
  const auto full = network->forward(image);
  use_channels_last(*network);
  const test::Bfloat16Autocast autocast;
  const auto reduced = network->forward(image);
  EXPECT_EQ(reduced.scalar_type(), at::kFloat);
  EXPECT_LT(test::relative_error(reduced, full), 0.05);
}

TEST(UNet, RefusesColourImagesAndAbsurdWidths) {
  auto network = make();
  EXPECT_THROW(network->forward(at::rand({1, 3, 32, 32})), Error);
  EXPECT_THROW(UNet(UNetOptions{.base_width = 256, .levels = 7}), Error);
  EXPECT_THROW(UNet(UNetOptions{.base_width = 8, .levels = 1}), Error);
}

// Names are a file format.
TEST(UNet, ParameterNamesAreFrozen) {
  const auto network = make({.base_width = 1, .levels = 2});
  std::vector<std::string> expected;
  const auto add = [&expected](const std::string& prefix,
                               std::initializer_list<const char*> names) {
    for (const char* name : names) expected.push_back(prefix + name);
  };
  for (const char* block : {"down0.block1.", "down0.block2.", "down1.block1.", "down1.block2."}) {
    add(block, {"conv.weight", "bn.weight", "bn.bias"});
  }
  add("reduce0.", {"weight", "bias"});
  for (const char* block : {"up0.block1.", "up0.block2."})
    add(block, {"conv.weight", "bn.weight", "bn.bias"});
  add("output.", {"weight", "bias"});
  std::vector<std::string> actual;
  for (const auto& item : network->named_parameters()) actual.push_back(item.key());
  EXPECT_EQ(actual, expected);
}

}  // namespace
}  // namespace cxrnet::nn
