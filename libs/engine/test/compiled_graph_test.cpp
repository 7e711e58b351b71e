// Graphs that no network of nn has, and that a compiler gets wrong first.
#include "cxrnet/engine/compiled_graph.h"

#include <gtest/gtest.h>

#include "cxrnet/engine/fusion.h"
#include "cxrnet/engine/trace.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

void expect_same(const Function& function, const at::Tensor& image) {
  CompiledGraph compiled(fuse(trace(function, {image.size(2), image.size(3)})), image.size(0), {});
  const auto expected = function(image);
  const auto actual = compiled.run(image);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(at::allclose(actual[i], expected[i], 1e-4, 1e-5)) << "output " << i;
}

TEST(CompiledGraph, TheImageItselfIsAnOutput) {
  expect_same(
      [](const at::Tensor& image) -> std::vector<at::Tensor> {
        return {image, image * 1.0};
      },
      at::rand({2, 1, 8, 8}));
}

// The sum may not be computed in place: another output shows what was added.
TEST(CompiledGraph, AnAddendThatIsReadAgainSurvives) {
  const auto weight = at::rand({16, 16, 3, 3});
  const auto first = at::rand({16, 1, 3, 3});
  expect_same(
      [=](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto map = at::conv2d(image, first, {}, 1, 1);
        const auto sum = at::conv2d(map, weight, {}, 1, 1) + map;
        return {sum, at::max_pool2d(map, 2), at::conv2d(sum, weight)};
      },
      at::rand({1, 1, 8, 8}));
}

// Nor over the map that the convolution is reading.
TEST(CompiledGraph, AConvolutionIsAddedToItsOwnInput) {
  const auto weight = at::rand({16, 16, 3, 3});
  const auto first = at::rand({16, 1, 3, 3});
  expect_same(
      [=](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto map = at::conv2d(image, first, {}, 1, 1);
        return {at::conv2d(map, weight, {}, 1, 1) + map};
      },
      at::rand({1, 1, 64, 64}));
}

TEST(CompiledGraph, AShuffledSumKeepsItsChannels) {
  const auto first = at::rand({8, 1, 3, 3});
  const auto second = at::rand({8, 1, 3, 3});
  expect_same(
      [=](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto sum = at::conv2d(image, first, {}, 1, 1) + at::conv2d(image, second, {}, 1, 1);
        return {at::pixel_shuffle(sum, 2)};
      },
      at::rand({1, 1, 8, 8}));
}

TEST(CompiledGraph, WhatTorchMeansByItsArguments) {
  expect_same(
      [](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto brighter = image.exp();
        return {at::add(image, brighter, 2.0), at::sub(image, 0.25, 2.0),
                at::div(image, 0.3, "floor"), at::upsample_nearest2d(image, {15, 11})};
      },
      at::rand({1, 1, 8, 8}));
}

// The flattened rows may lie in the same memory as the map that the sum would overwrite.
TEST(CompiledGraph, RowsOfAnAddendSurvive) {
  const auto first = at::rand({1, 1, 8, 8});
  const auto weight = at::rand({1, 1, 1, 1});
  const auto linear = at::rand({4, 1});
  const auto bias = at::rand({4});
  expect_same(
      [=](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto map = at::conv2d(image, first);  // [N, 1, 1, 1]
        const auto rows = map.flatten(1);
        const auto sum = at::conv2d(map, weight) + map;
        return {sum, at::addmm(bias, rows, linear.t())};
      },
      at::rand({2, 1, 8, 8}));
}

TEST(CompiledGraph, AMapThatIsConcatenatedTwice) {
  const auto weight = at::rand({8, 1, 1, 1});
  expect_same(
      [=](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto map = at::conv2d(image, weight);
        return {at::cat({map, image, map}, 1), at::cat({image, image}, 1)};
      },
      at::rand({2, 1, 6, 6}));
}

// Values of true and false lie between operations of libtorch alone.
TEST(CompiledGraph, MasksBetweenOperationsOfLibtorch) {
  expect_same(
      [](const at::Tensor& image) -> std::vector<at::Tensor> {
        const auto bright = image.gt(0.5);
        return {image.masked_fill(bright, -1.0), image * bright};
      },
      at::rand({2, 1, 6, 6}));
}

}  // namespace
}  // namespace cxrnet::engine
