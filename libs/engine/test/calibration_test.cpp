#include "cxrnet/engine/calibration.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/fusion.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/engine/trace.h"
#include "quantisation.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

TEST(Quantisation, UnsignedUnlessSomethingIsNegative) {
  const auto positive = format_of_range({0.0, 51.0});
  EXPECT_EQ(positive.type, DataType::u8);
  EXPECT_FLOAT_EQ(positive.scale, 0.2F);
  const auto both = format_of_range({-12.7, 5.0});
  EXPECT_EQ(both.type, DataType::s8);
  EXPECT_FLOAT_EQ(both.scale, 0.1F);
  EXPECT_GT(format_of_range({0.0, 0.0}).scale, 0.0F);  // a map that is zero throughout
}

Graph many_channels(const at::Tensor& weight) {
  return fuse(trace(
      [weight](const at::Tensor& image) -> std::vector<at::Tensor> {
        return {at::conv2d(image.expand({-1, 48, -1, -1}), weight, {}, 1, 1)};
      },
      {8, 8}));
}

TEST(Calibration, FindsTheRangeOfEveryMap) {
  auto graph = many_channels(at::full({16, 48, 3, 3}, 1.0 / 432.0));
  auto images = at::rand({4, 1, 8, 8});
  images[0].fill_(1.0);  // an average of ones is 1
  images[1].fill_(0.0);
  calibrate(graph, images);
  for (const auto& node : graph.nodes) {
    ASSERT_TRUE(graph.values[node.output].range);
    EXPECT_NEAR(graph.values[node.output].range->low, 0.0, 1e-6);
    EXPECT_NEAR(graph.values[node.output].range->high, 1.0, 1e-5);
  }
}

// Weights and inputs that 8 bits hold exactly: the sum is exact, too.
TEST(Calibration, WhatEightBitsHoldIsExact) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  at::manual_seed(1);
  const auto weight = at::randint(-127, 128, {16, 48, 3, 3}).to(at::kFloat);
  auto exact = weight.clone();
  exact.select(1, 0).select(1, 0).select(1, 0).fill_(127.0);  // the largest of every channel
  auto graph = many_channels(exact);
  for (const auto& node : graph.nodes) graph.values[node.output].range = Range{0.0, 255.0};
  graph.values[graph.input].range = Range{0.0, 255.0};
  CompiledGraph compiled(graph, 1, {.precision = Precision::int8});
  const auto image = at::randint(0, 2, {1, 1, 8, 8}).to(at::kFloat) * 128.0;
  const auto expected = at::conv2d(image.expand({-1, 48, -1, -1}), exact, {}, 1, 1);
  const auto actual = compiled.run(image)[0];
  // The result is stored in bf16: 8 bits of mantissa.
  EXPECT_TRUE(at::allclose(actual, expected, 1.0 / 128.0, 1.0));
  EXPECT_TRUE(std::any_of(compiled.steps().begin(), compiled.steps().end(), [](const auto& step) {
    return step.implementation.find("vnni") != std::string::npos;
  }));
}

// A residual block between two convolutions; what it adds takes numbers far above 1.
TEST(Calibration, ASumMayAddWhatHasNoRange) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  at::manual_seed(1);
  const auto weight = [](int64_t outputs) { return at::rand({outputs, 48, 3, 3}) / 432.0; };
  const std::vector<at::Tensor> weights{weight(48) * 50.0, weight(48), weight(48), weight(16)};
  auto graph = fuse(trace(
      [weights](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto map = at::conv2d(image.expand({-1, 48, -1, -1}), weights[0], {}, 1, 1).relu();
        const auto hidden = at::conv2d(map, weights[1], {}, 1, 1).relu();
        const auto sum = (at::conv2d(hidden, weights[2], {}, 1, 1) + map).relu();
        return {at::conv2d(sum, weights[3], {}, 1, 1)};
      },
      {8, 8}));
  const auto images = at::rand({4, 1, 8, 8});
  calibrate(graph, images);
  const auto expected = CompiledGraph(graph, 4, {.precision = Precision::f32}).run(images)[0];
  int sums = 0;
  for (const auto& node : graph.nodes) {
    if (node.inputs.size() < 2 || !std::holds_alternative<Convolution>(node.operation)) continue;
    graph.values[node.inputs[1]].range.reset();
    ++sums;
  }
  ASSERT_EQ(sums, 1);
  const auto actual = CompiledGraph(graph, 4, {.precision = Precision::int8}).run(images)[0];
  EXPECT_TRUE(at::allclose(actual, expected, 0.02, 0.02 * expected.max().item<double>()));
}

// Two convolutions; the map between them has one channel that is as large as it is useless, so that
// 8 bits leave nothing of the others.
Graph with_useless_channel() {
  auto first = at::rand({48, 48, 3, 3}) / 432.0;
  first.select(0, 0).mul_(1e4);
  auto second = at::rand({16, 48, 3, 3}) / 432.0;
  second.select(1, 0).zero_();
  return fuse(trace(
      [first, second](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto map = at::conv2d(image.expand({-1, 48, -1, -1}), first, {}, 1, 1).relu();
        return {at::conv2d(map, second, {}, 1, 1)};
      },
      {8, 8}));
}

double mean_difference(const std::vector<at::Tensor>& answers,
                       const std::vector<at::Tensor>& exact) {
  return (answers[0] - exact[0]).abs().mean().item<double>();
}

TEST(Calibration, SparesTheLayerThatInt8HarmsMost) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  at::manual_seed(1);
  const auto images = at::rand({4, 1, 8, 8});
  auto graph = with_useless_channel();
  auto uncalibrated = graph;
  calibrate(graph, images);
  std::vector<ValueId> maps;  // that a convolution reads
  for (const auto& node : graph.nodes) {
    if (std::holds_alternative<Convolution>(node.operation)) maps.push_back(node.inputs[0]);
  }
  ASSERT_EQ(maps.size(), 2U);

  auto tolerant = graph;
  EXPECT_EQ(spare_sensitive(tolerant, images, mean_difference, 1e9), 0);
  EXPECT_TRUE(tolerant.values[maps[0]].range);
  EXPECT_TRUE(tolerant.values[maps[1]].range);

  EXPECT_EQ(spare_sensitive(graph, images, mean_difference, 0.01), 1);
  EXPECT_TRUE(graph.values[maps[0]].range);
  EXPECT_FALSE(graph.values[maps[1]].range);

  // More than bf16 can do: nothing is left in int8.
  EXPECT_EQ(spare_sensitive(graph, images, mean_difference, 0.0), 1);
  EXPECT_FALSE(graph.values[maps[0]].range);
  EXPECT_THROW(spare_sensitive(uncalibrated, images, mean_difference, 0.0), Error);
}

// What a pooled map loses, its source would lose already.
TEST(Calibration, WhatIsPooledForASparedLayerIsReal) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  at::manual_seed(1);
  const std::vector<at::Tensor> weights{at::rand({48, 48, 3, 3}) / 432.0,
                                        at::rand({16, 48, 3, 3}) / 432.0};
  auto graph = fuse(trace(
      [weights](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto map = at::conv2d(image.expand({-1, 48, -1, -1}), weights[0], {}, 1, 1).relu();
        return {at::conv2d(at::max_pool2d(map, 2), weights[1], {}, 1, 1)};
      },
      {8, 8}));
  const auto images = at::rand({4, 1, 8, 8});
  calibrate(graph, images);
  for (const auto& node : graph.nodes) {
    if (std::holds_alternative<Pool>(node.operation)) graph.values[node.output].range.reset();
  }
  const CompiledGraph compiled(graph, 1, {.precision = Precision::int8});
  int quantised = 0;
  int reorders_after_pool = 0;
  bool pooled = false;
  for (const auto& step : compiled.steps()) {
    quantised += step.precision == Precision::int8 ? 1 : 0;
    pooled |= step.name.starts_with("max pool");
    reorders_after_pool += pooled && step.name == "reorder" ? 1 : 0;
  }
  EXPECT_TRUE(pooled);
  EXPECT_EQ(quantised, 1);
  EXPECT_EQ(reorders_after_pool, 1);  // of the output, to planar f32
}

}  // namespace
}  // namespace cxrnet::engine
