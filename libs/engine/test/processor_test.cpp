#include "cxrnet/engine/processor.h"

#include <gtest/gtest.h>

#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/fusion.h"
#include "cxrnet/engine/trace.h"

namespace cxrnet::engine {
namespace {

constexpr ConvolutionSize kSize{.channels = 64, .side = 14};

TEST(ProcessorTest, GainsByNothingThatItDoesNotSupport) {
  EXPECT_TRUE(supports(Precision::f32));
  EXPECT_TRUE(supports(Precision::bf16) || !gains_by_bf16());
}

// A narrow convolution is not quantised.
TEST(ProcessorTest, WhatInt8LeavesOutIsInTheFasterPrecision) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  const auto weight = at::rand({16, 1, 3, 3});
  const auto graph = trace(
      [&](const at::Tensor& image) -> std::vector<at::Tensor> {
        return {at::conv2d(image, weight)};
      },
      {32, 32});
  const CompiledGraph compiled(fuse(graph), 1, {.precision = Precision::int8});
  int64_t products = 0;
  for (const auto& step : compiled.steps()) {
    if (step.multiply_accumulates == 0) continue;
    EXPECT_EQ(step.precision, gains_by_bf16() ? Precision::bf16 : Precision::f32);
    products += step.multiply_accumulates;
  }
  EXPECT_EQ(products, 16 * 9 * 30 * 30);
}

TEST(ProcessorTest, MeasuresARateWithoutTakingRandomNumbers) {
  at::manual_seed(6);
  const auto expected = at::rand({3});
  at::manual_seed(6);
  EXPECT_GT(convolution_rate(kSize, Precision::f32, 2), 0.0);
  EXPECT_TRUE(at::equal(at::rand({3}), expected));
}

}  // namespace
}  // namespace cxrnet::engine
