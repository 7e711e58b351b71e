#include "cxrnet/nn/norm_rectify.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace cxrnet::nn {
namespace {

struct Row {
  std::string name;
  int64_t channels;
  bool residual;
  double negative_slope;
  double offset = 0.0;  // of the input, far from which its deviation is
};

// Everything that a training step computes of norm, sum and rectifier.
struct Step {
  at::Tensor output, of_input, of_residual, of_weight, of_bias, running_mean, running_var;
};

torch::nn::BatchNorm2d make_norm(int64_t channels, at::ScalarType type) {
  torch::manual_seed(2);
  torch::nn::BatchNorm2d norm(channels);
  const at::NoGradGuard no_grad;
  norm->weight.uniform_(0.2, 2.0);
  norm->bias.uniform_(-1.0, 1.0);
  norm->to(type);
  return norm;
}

at::Tensor leaf(const at::Tensor& map, at::ScalarType type, at::MemoryFormat format) {
  return map.to(type).contiguous(format).detach().clone(format).requires_grad_();
}

template <class Forward>
Step run_step(const Row& row, at::ScalarType type, at::MemoryFormat format,
              const Forward& forward) {
  torch::manual_seed(1);
  const auto pixels = at::randn({3, row.channels, 5, 7}) + row.offset;
  const auto added = at::randn_like(pixels);
  const auto weights = at::randn_like(pixels);
  const auto norm_type = type == at::kBFloat16 ? at::kFloat : type;
  auto norm = make_norm(row.channels, norm_type);
  const auto input = leaf(pixels.to(at::kBFloat16), type, format);
  const auto residual = row.residual ? leaf(added.to(at::kBFloat16), type, format) : at::Tensor();
  const auto output = forward(norm, input, residual);
  (output.to(at::kFloat) * weights.to(at::kBFloat16)).sum().backward();
  return {.output = output.detach(),
          .of_input = input.grad(),
          .of_residual = row.residual ? residual.grad() : at::Tensor(),
          .of_weight = norm->weight.grad(),
          .of_bias = norm->bias.grad(),
          .running_mean = norm->running_mean,
          .running_var = norm->running_var};
}

// libtorch's own operations in double precision.
Step expected_step(const Row& row) {
  return run_step(
      row, at::kDouble, at::MemoryFormat::Contiguous,
      [&](torch::nn::BatchNorm2d& norm, const at::Tensor& input, const at::Tensor& residual) {
        auto sum = norm->forward(input);
        if (residual.defined()) sum = sum + residual;
        return at::leaky_relu(sum, row.negative_slope);
      });
}

Step fused_step(const Row& row, at::ScalarType type) {
  return run_step(
      row, type, at::MemoryFormat::ChannelsLast,
      [&](torch::nn::BatchNorm2d& norm, const at::Tensor& input, const at::Tensor& residual) {
        const auto output = norm_rectify(norm, input, residual, row.negative_slope);
        EXPECT_NE(output.grad_fn()->name().find("NormRectify"), std::string::npos);
        return output;
      });
}

void expect_near(const Step& actual, const Step& expected, double tolerance) {
  const auto near = [&](const at::Tensor& a, const at::Tensor& b, const char* what) {
    ASSERT_EQ(a.defined(), b.defined()) << what;
    if (!a.defined()) return;
    const auto scale = b.abs().max().item<double>() + 1e-3;
    const auto difference = (a.to(at::kDouble) - b).abs().max().item<double>();
    EXPECT_LT(difference / scale, tolerance) << what;
  };
  near(actual.output, expected.output, "output");
  near(actual.of_input, expected.of_input, "gradient of the input");
  near(actual.of_residual, expected.of_residual, "gradient of the residual");
  near(actual.of_weight, expected.of_weight, "gradient of the weight");
  near(actual.of_bias, expected.of_bias, "gradient of the bias");
  near(actual.running_mean, expected.running_mean, "running mean");
  near(actual.running_var, expected.running_var, "running variance");
}

class NormRectifyTest : public testing::TestWithParam<Row> {};

TEST_P(NormRectifyTest, F32EqualsDoublePrecision) {
  expect_near(fused_step(GetParam(), at::kFloat), expected_step(GetParam()), 2e-5);
}

TEST_P(NormRectifyTest, BFloat16IsAsCloseAsItsDigits) {
  expect_near(fused_step(GetParam(), at::kBFloat16), expected_step(GetParam()), 1.0 / 128);
}

TEST_P(NormRectifyTest, OneThreadGivesTheSame) {
  const auto threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto step = fused_step(GetParam(), at::kFloat);
  at::set_num_threads(threads);
  expect_near(step, expected_step(GetParam()), 2e-5);
}

// Channel counts below, at and above what one tile of a kernel holds.
INSTANTIATE_TEST_SUITE_P(
    All, NormRectifyTest,
    testing::Values(Row{"Plain", 64, false, 0.0}, Row{"OneChannel", 1, false, 0.0},
                    Row{"OddChannels", 12, true, 0.1}, Row{"Sum", 64, true, 0.0},
                    Row{"WiderThanATile", 600, true, 0.0}, Row{"Leaky", 7, false, 0.1},
                    Row{"NoRectifier", 96, false, kIdentitySlope},
                    Row{"FarFromZero", 16, false, 0.0, 100.0}),
    [](const auto& row) { return row.param.name; });

TEST(NormRectify, EvaluationAndOtherLayoutsTakeLibtorch) {
  torch::nn::BatchNorm2d norm(8);
  const auto planar = at::randn({2, 8, 4, 4});
  const auto input = planar.contiguous(at::MemoryFormat::ChannelsLast);
  const auto is_fused = [&](const at::Tensor& image) {
    const auto output = norm_rectify(norm, image);
    return output.grad_fn()->name().find("NormRectify") != std::string::npos;
  };
  EXPECT_TRUE(is_fused(input));
  EXPECT_FALSE(is_fused(planar));
  norm->eval();
  EXPECT_FALSE(is_fused(input));
}

TEST(NormRectify, WithoutMomentumAveragesOverAllBatches) {
  torch::nn::BatchNorm2d fused(torch::nn::BatchNorm2dOptions(6).momentum(c10::nullopt));
  torch::nn::BatchNorm2d plain(torch::nn::BatchNorm2dOptions(6).momentum(c10::nullopt));
  const at::NoGradGuard no_grad;
  for (int batch = 0; batch < 3; ++batch) {
    const auto input =
        (at::randn({2, 6, 5, 3}) * (batch + 1)).contiguous(at::MemoryFormat::ChannelsLast);
    norm_rectify(fused, input);
    plain->forward(input);
  }
  EXPECT_TRUE(at::allclose(fused->running_mean, plain->running_mean, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(fused->running_var, plain->running_var, 1e-5, 1e-6));
  EXPECT_EQ(fused->num_batches_tracked.item<int64_t>(), 3);
}

// A diverged network must be noticed, not rectified away.
TEST(NormRectify, WhatIsNoNumberStaysNone) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    torch::nn::BatchNorm2d norm(4);
    auto input = at::ones({1, 4, 2, 2}, type).contiguous(at::MemoryFormat::ChannelsLast);
    input[0][2][1][1] = std::numeric_limits<float>::quiet_NaN();
    const auto output = norm_rectify(norm, input, {}, kIdentitySlope).to(at::kFloat);
    EXPECT_TRUE(output[0][2].isnan().all().item<bool>());
    EXPECT_FALSE(output[0][1].isnan().any().item<bool>());
  }
}

TEST(NormRectify, RefusesSecondDerivatives) {
  torch::nn::BatchNorm2d norm(4);
  const auto input =
      at::randn({2, 4, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  const auto loss = norm_rectify(norm, input).square().sum();
  EXPECT_THROW(torch::autograd::grad({loss}, {input}, {}, true, /*create_graph=*/true),
               std::logic_error);
}

}  // namespace
}  // namespace cxrnet::nn
