#include "cxrnet/engine/trace.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/layer_table.h"
#include "error_matchers.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

using nn::Architecture;

// The layer table counts by watching torch's operators run.
TEST(Trace, CountsTheProductsThatTheLayerTableCounts) {
  for (const auto architecture : {Architecture::alexnet, Architecture::vgg19,
                                  Architecture::resnet50, Architecture::inception_v3}) {
    auto network = test::make_network(test::small_options(architecture));
    for (auto& parameter : network->parameters()) parameter.set_requires_grad(false);
    const auto graph = trace(
        [network](const at::Tensor& image) mutable -> std::vector<at::Tensor> {
          const auto output = network->explain(image);
          return {output.logits, output.representation};
        },
        {96, 96});
    int64_t macs = 0;
    for (const auto& node : graph.nodes) macs += multiply_accumulates(graph, node);
    EXPECT_EQ(macs, nn::describe_layers(network, 96).macs) << to_string(architecture);
  }
}

TEST(Trace, KeepsShapesAndOrder) {
  const auto graph = trace(
      [](const at::Tensor& image) -> std::vector<at::Tensor> {
        return {at::max_pool2d(image, 2), image.sigmoid()};
      },
      {6, 10});
  EXPECT_EQ(graph.shape(graph.input), (Shape{1, 1, 6, 10}));
  ASSERT_EQ(graph.outputs.size(), 2);
  EXPECT_EQ(graph.shape(graph.outputs[0]), (Shape{1, 1, 3, 5}));
  EXPECT_EQ(name_of(graph.nodes[0].operation), "max pool");
  EXPECT_EQ(name_of(graph.nodes[1].operation), "activation");
}

// Convolutions are not computed; their maps have the shapes that they would have, small and large
// ones (which libtorch gives to different kernels).
TEST(Trace, KnowsTheShapesOfConvolutions) {
  struct Row {
    int64_t kernel_height, kernel_width, stride, padding, dilation;
  };
  const at::NoGradGuard no_grad;
  for (const int64_t side : {17, 160}) {
    for (const Row& row : {Row{3, 3, 1, 1, 1}, Row{1, 1, 2, 0, 1}, Row{7, 7, 2, 3, 1},
                           Row{11, 11, 4, 2, 1}, Row{1, 7, 1, 2, 1}, Row{3, 3, 1, 2, 2}}) {
      SCOPED_TRACE(std::to_string(side) + " pixels, kernel " + std::to_string(row.kernel_height) +
                   " x " + std::to_string(row.kernel_width));
      const auto weight = at::rand({5, 1, row.kernel_height, row.kernel_width});
      at::Tensor answer;
      const auto convolve = [&](const at::Tensor& image) -> std::vector<at::Tensor> {
        answer = at::conv2d(image + 1, weight, {}, row.stride, row.padding, row.dilation);
        return {answer};
      };
      const auto graph = trace(convolve, {side, side + 3});
      const bool intercepted = row.dilation == 1;  // of any size
      EXPECT_TRUE(!intercepted || answer.abs().max().item<double>() == 0.0);
      EXPECT_EQ(graph.shape(graph.outputs[0]),
                convolve(at::zeros({1, 1, side, side + 3}))[0].sizes().vec());
    }
  }
}

// An average that leaves the border's zeros out is none of the engine's operations.
TEST(Trace, LeavesToLibtorchWhatItDoesNotKnow) {
  const auto graph = trace(
      [](const at::Tensor& image) -> std::vector<at::Tensor> {
        return {at::avg_pool2d(image, 3, 1, 1, false, /*count_include_pad=*/false), image.exp()};
      },
      {6, 6});
  for (const auto& node : graph.nodes)
    EXPECT_TRUE(std::holds_alternative<HostOperation>(node.operation)) << name_of(node.operation);
}

TEST(Trace, RefusesANetworkInTrainingMode) {
  const auto ones = at::ones({1});
  const auto error = caught([&] {
    trace(
        [&](const at::Tensor& image) -> std::vector<at::Tensor> {
          return {at::batch_norm(image, ones, ones, ones.clone(), ones.clone(), true, 0.1, 1e-5,
                                 false)};
        },
        {6, 6});
  });
  EXPECT_EQ(error.code, ErrorCode::internal);
}

}  // namespace
}  // namespace cxrnet::engine
