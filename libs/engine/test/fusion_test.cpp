#include "cxrnet/engine/fusion.h"

#include <gtest/gtest.h>

#include "cxrnet/engine/trace.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

using nn::Architecture;

template <class Op>
std::size_t count(const Graph& graph) {
  std::size_t found = 0;
  for (const auto& node : graph.nodes) found += std::holds_alternative<Op>(node.operation) ? 1 : 0;
  return found;
}

Graph fused_network(const nn::CxrNetOptions& options, Pair size) {
  auto network = test::make_network(options);
  for (auto& parameter : network->parameters()) parameter.set_requires_grad(false);
  const auto function = [network](const at::Tensor& image) mutable -> std::vector<at::Tensor> {
    const auto output = network->explain(image);
    return {output.logits, output.representation};
  };
  return fuse(trace(function, size));
}

Graph fused(const Function& function) { return fuse(trace(function, {8, 8})); }

TEST(Fusion, ConvolutionNormAndRectifierBecomeOne) {
  const auto weight = at::ones({4, 1, 3, 3});
  const auto graph = fused([&](const at::Tensor& image) -> std::vector<at::Tensor> {
    const auto map = at::conv2d(image, weight, {}, 1, 1);
    return {at::batch_norm(map, at::full({4}, 3.0), at::full({4}, 1.0), at::full({4}, 2.0),
                           at::full({4}, 4.0), false, 0.1, 0.0, false)
                .relu()};
  });
  ASSERT_EQ(graph.nodes.size(), 1);
  const auto& conv = std::get<Convolution>(graph.nodes[0].operation);
  // (x - 2) / 2 x 3 + 1 = 1.5 x - 2
  EXPECT_TRUE(at::allclose(conv.scaled_weight(), at::full({4, 1, 3, 3}, 1.5)));
  EXPECT_TRUE(at::allclose(conv.bias, at::full({4}, -2.0)));
  EXPECT_EQ(conv.activation.kind, Activation::Kind::rectifier);
}

TEST(Fusion, TheConvolutionsBiasGoesThroughTheNorm) {
  const auto weight = at::ones({4, 1, 3, 3});
  const auto bias = at::full({4}, 4.0);
  const auto graph = fused([&](const at::Tensor& image) -> std::vector<at::Tensor> {
    const auto map = at::conv2d(image, weight, bias, 1, 1);
    return {at::batch_norm(map, at::full({4}, 3.0), at::full({4}, 1.0), at::full({4}, 2.0),
                           at::full({4}, 4.0), false, 0.1, 0.0, false)};
  });
  ASSERT_EQ(graph.nodes.size(), 1);
  // (x + 4 - 2) / 2 x 3 + 1 = 1.5 x + 4
  EXPECT_TRUE(
      at::allclose(std::get<Convolution>(graph.nodes[0].operation).bias, at::full({4}, 4.0)));
}

TEST(Fusion, SumIsTheConvolutionsUnlessSomebodyElseReadsIt) {
  const auto weight = at::ones({1, 1, 1, 1});
  const auto once = fused([&](const at::Tensor& image) -> std::vector<at::Tensor> {
    return {at::conv2d(image, weight).add(image)};
  });
  ASSERT_EQ(once.nodes.size(), 1);
  EXPECT_EQ(once.nodes[0].inputs.size(), 2);
  const auto twice = fused([&](const at::Tensor& image) -> std::vector<at::Tensor> {
    const auto map = at::conv2d(image, weight);
    return {map.add(image), map};
  });
  EXPECT_EQ(count<Sum>(twice), 1);
}

TEST(Fusion, AffineAfterAffineIsOne) {
  const auto graph = fused([](const at::Tensor& image) -> std::vector<at::Tensor> {
    return {(image - 0.5) / 0.25 - 3.0};
  });
  ASSERT_EQ(graph.nodes.size(), 1);
  const auto& affine = std::get<Affine>(graph.nodes[0].operation);
  EXPECT_DOUBLE_EQ(affine.scale, 4.0);
  EXPECT_DOUBLE_EQ(affine.shift, -5.0);
}

// ReLU of (convolution, image): the image cannot be negative, the convolution rectifies itself.
TEST(Fusion, RectifierMovesBeforeTheConcatenation) {
  const auto weight = at::ones({2, 1, 1, 1});
  const auto graph = fused([&](const at::Tensor& image) -> std::vector<at::Tensor> {
    return {at::cat({at::conv2d(image, weight), image}, 1).relu()};
  });
  EXPECT_EQ(count<Activation>(graph), 0);
  ASSERT_EQ(graph.nodes.size(), 2);
  EXPECT_EQ(std::get<Convolution>(graph.nodes[0].operation).activation.kind,
            Activation::Kind::rectifier);
}

// A map that may be negative keeps its ReLU, and whoever read it before still sees the negative.
TEST(Fusion, RectifierStaysWhereAnotherReads) {
  const auto weight = at::ones({2, 1, 1, 1});
  const auto graph = fused([&](const at::Tensor& image) -> std::vector<at::Tensor> {
    const auto map = at::conv2d(image, weight);
    return {at::cat({map, image}, 1).relu(), map};
  });
  EXPECT_EQ(count<Activation>(graph), 1);
}

TEST(Fusion, NothingButLargeOperationsIsLeftOfAResNet) {
  const auto graph = fused_network(test::small_options(Architecture::resnet50), {64, 64});
  EXPECT_EQ(count<BatchNorm>(graph), 0);
  EXPECT_EQ(count<Sum>(graph), 0);
  EXPECT_EQ(count<Activation>(graph), 0);
  EXPECT_EQ(count<HostOperation>(graph), 0);
  EXPECT_EQ(count<Convolution>(graph), 53 + 5 * 3 + 1);  // encoder, decoder levels, output
  for (const auto& node : graph.nodes) {
    const auto* shuffle = std::get_if<PixelShuffle>(&node.operation);
    EXPECT_TRUE(shuffle == nullptr || shuffle->block_major);
  }
}

TEST(Fusion, EveryBatchNormIsFolded) {
  for (const auto architecture : {Architecture::alexnet, Architecture::vgg16,
                                  Architecture::resnet34, Architecture::inception_v3}) {
    const auto graph = fused_network(test::small_options(architecture), {96, 96});
    EXPECT_EQ(count<BatchNorm>(graph), 0) << to_string(architecture);
  }
}

TEST(Fusion, LeavesTheNetworkAsItWas) {
  auto network = test::make_network(test::small_options(Architecture::resnet34));
  const auto before = network->encoder().named_parameters()["conv1.weight"].clone();
  fused_network(test::small_options(Architecture::resnet34), {64, 64});
  EXPECT_TRUE(at::equal(network->encoder().named_parameters()["conv1.weight"], before));
}

}  // namespace
}  // namespace cxrnet::engine
