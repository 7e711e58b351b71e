#include "cxrnet/nn/torchvision_weights.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {
namespace {

constexpr double kWidth = 0.125;

std::shared_ptr<Encoder> small_resnet(int64_t input_channels) {
  return make_encoder(
      {.architecture = Architecture::resnet34, .input_channels = input_channels, .width = kWidth});
}

Safetensors colour_weights() {
  torch::manual_seed(5);
  const auto donor = small_resnet(3);
  Safetensors weights;
  for (const auto& item : donor->named_parameters())
    weights.tensors[item.key()] = item.value().detach().clone();
  for (const auto& item : donor->named_buffers())
    weights.tensors[item.key()] = item.value().clone();
  return weights;
}

std::string message_of(Encoder& encoder, const Safetensors& weights) {
  try {
    load_torchvision_weights(encoder, weights);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt_model);
    return error.what();
  }
  return {};
}

TEST(TorchvisionWeights, IgnoresTheClassifierAndCounters) {
  auto weights = colour_weights();
  for (const char* name : {"fc.weight", "fc.bias", "classifier.1.weight", "AuxLogits.fc.weight"}) {
    weights.tensors[name] = at::zeros({2, 2});
  }
  const auto encoder = small_resnet(3);
  const auto report = load_torchvision_weights(*encoder, weights);
  EXPECT_EQ(report.ignored.size(), 4U + 36U);  // and one counter per batch norm of ResNet-34
  EXPECT_EQ(report.loaded.size() + report.ignored.size(), weights.tensors.size());
  const auto& expected = weights.tensors.at("layer4.2.conv2.weight");
  EXPECT_TRUE(encoder->named_parameters()["layer4.2.conv2.weight"].equal(expected));
}

TEST(TorchvisionWeights, GreyEncoderTakesTheSumOverTheInputChannels) {
  const auto weights = colour_weights();
  const auto encoder = small_resnet(1);
  EXPECT_TRUE(load_torchvision_weights(*encoder, weights).folded);
  const auto& colour = weights.tensors.at("conv1.weight");
  const auto expected = colour.select(1, 0) + colour.select(1, 1) + colour.select(1, 2);
  EXPECT_TRUE(at::allclose(encoder->named_parameters()["conv1.weight"].squeeze(1), expected));
}

TEST(TorchvisionWeights, NamesWhatIsMissingUnknownOrMisshapen) {
  const auto encoder = small_resnet(3);
  auto missing = colour_weights();
  missing.tensors.erase("layer2.0.downsample.0.weight");
  EXPECT_NE(message_of(*encoder, missing).find("layer2.0.downsample.0.weight"), std::string::npos);
  auto unknown = colour_weights();
  unknown.tensors["layer5.0.conv1.weight"] = at::zeros({1});
  EXPECT_NE(message_of(*encoder, unknown).find("layer5.0.conv1.weight"), std::string::npos);
  auto misshapen = colour_weights();
  misshapen.tensors["bn1.weight"] = at::zeros({9});
  EXPECT_NE(message_of(*encoder, misshapen).find("'bn1.weight' of shape 8, got 9"),
            std::string::npos);
}

TEST(TorchvisionWeights, CopiesNothingUnlessEverythingFits) {
  const auto encoder = small_resnet(3);
  const auto before = encoder->named_parameters()["conv1.weight"].detach().clone();
  auto weights = colour_weights();
  weights.tensors.erase("layer4.2.bn2.bias");
  EXPECT_FALSE(message_of(*encoder, weights).empty());
  EXPECT_TRUE(encoder->named_parameters()["conv1.weight"].equal(before));
}

}  // namespace
}  // namespace cxrnet::nn
