#include "cxrnet/train/warm_start.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/unet.h"

namespace cxrnet::train {
namespace {

nn::CxrNet make(uint64_t seed, nn::Representation representation, double width = 0.125) {
  at::manual_seed(seed);
  nn::CxrNet network(nn::CxrNetOptions{
      .encoder = {.architecture = nn::Architecture::resnet34, .input_channels = 1, .width = width},
      .decoder = {.widths = {8, 8, 8, 8, 8}},
      .representation = representation});
  network->eval();
  return network;
}

TEST(StartFrom, TakesEncoderHeadAndTheFittingPartOfTheDecoder) {
  const at::NoGradGuard no_grad;
  auto source = make(1, nn::Representation::image);
  auto network = make(2, nn::Representation::class_selection);
  const auto image = at::rand({2, 1, 64, 64});
  ASSERT_FALSE(at::allclose(network->classify(image), source->classify(image)));
  start_from(network, source);
  EXPECT_TRUE(network->classify(image).equal(source->classify(image)));
  const auto parameters = network->named_parameters();
  const auto learnt = source->named_parameters();
  EXPECT_TRUE(parameters["decoder.level2.block1.conv.weight"].equal(
      learnt["decoder.level2.block1.conv.weight"]));
  EXPECT_EQ(parameters["decoder.output.weight"].size(0), 4);  // its own
}

TEST(StartFrom, RefusesAnotherEncoder) {
  auto network = make(1, nn::Representation::none);
  EXPECT_THROW(start_from(network, make(1, nn::Representation::image, 0.25)), Error);
}

TEST(StartFrom, TakesAPlainClassifierForANetworkWithDecoder) {
  const at::NoGradGuard no_grad;
  auto source = make(1, nn::Representation::none);
  auto network = make(2, nn::Representation::selection);
  start_from(network, source);
  const auto image = at::rand({1, 1, 64, 64});
  EXPECT_TRUE(network->classify(image).equal(source->classify(image)));
}

TEST(StartFrom, TakesAllOfASegmenterOfTheSameWidth) {
  const at::NoGradGuard no_grad;
  nn::UNet source(nn::UNetOptions{.base_width = 4, .levels = 3});
  nn::UNet network(nn::UNetOptions{.base_width = 4, .levels = 3});
  const auto image = at::rand({1, 1, 32, 32});
  source->forward(image);  // running statistics are copied, too
  start_from(network, source);
  source->eval();
  network->eval();
  EXPECT_TRUE(network->forward(image).equal(source->forward(image)));
  nn::UNet wider(nn::UNetOptions{.base_width = 8, .levels = 3});
  EXPECT_THROW(start_from(wider, source), Error);
}

}  // namespace
}  // namespace cxrnet::train
