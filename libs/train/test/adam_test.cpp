#include "cxrnet/train/adam.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/nn/functional/linear.h>
#include <torch/nn/module.h>

#include "error_matchers.h"

namespace cxrnet::train {
namespace {

class Affine : public torch::nn::Module {
 public:
  Affine() {
    weight = register_parameter("weight", at::tensor({1.0F, -2.0F, 0.5F, 3.0F}).view({2, 2}));
    bias = register_parameter("bias", at::tensor({0.3F, -0.7F}));
  }
  at::Tensor loss() const {
    const auto input = at::tensor({0.5F, -1.0F, 2.0F, 0.25F}).view({2, 2});
    return (at::linear(input, weight, bias) - at::tensor({1.0F, -1.0F})).square().sum();
  }
  at::Tensor weight, bias;
};

void run_steps(Affine& network, Adam& adam, int steps) {
  for (int i = 0; i < steps; ++i) {
    adam.zero_gradients();
    network.loss().backward();
    adam.step(0.05);
  }
}

struct Row {
  const char* name;
  double weight_decay;
  std::vector<float> weight,
      bias;  // after five steps of PyTorch 1.13's torch.optim.AdamW, no decay on the bias
};

class AdamReferenceTest : public testing::TestWithParam<Row> {};

TEST_P(AdamReferenceTest, FollowsPyTorch) {
  Affine network;
  AdamSettings settings;
  settings.weight_decay = GetParam().weight_decay;
  Adam adam(network, settings);
  run_steps(network, adam, 5);
  EXPECT_TRUE(at::allclose(network.weight.flatten(), at::tensor(GetParam().weight), 1e-5, 1e-6))
      << network.weight;
  EXPECT_TRUE(at::allclose(network.bias, at::tensor(GetParam().bias), 1e-5, 1e-6)) << network.bias;
}

INSTANTIATE_TEST_SUITE_P(All, AdamReferenceTest,
                         testing::Values(Row{"Adam",
                                             0.0,
                                             {0.7565931F, -1.7517394F, 0.2507980F, 2.7508030F},
                                             {0.0540345F, -0.4508232F}},
                                         Row{"AdamW",
                                             0.1,
                                             {0.7350258F, -1.7049913F, 0.2410109F, 2.6792021F},
                                             {0.0545181F, -0.4512822F}}),
                         [](const auto& row) { return row.param.name; });

TEST(AdamTest, GoesOnFromASavedState) {
  Affine straight;
  Adam straight_adam(straight, {});
  run_steps(straight, straight_adam, 4);

  Affine first;
  Adam first_adam(first, {});
  run_steps(first, first_adam, 2);
  Safetensors checkpoint;
  first_adam.save(checkpoint);

  Affine second;
  {
    const at::NoGradGuard no_grad;
    second.weight.copy_(first.weight);
    second.bias.copy_(first.bias);
  }
  Adam second_adam(second, {});
  second_adam.load(parse_safetensors(format_safetensors(checkpoint)));
  run_steps(second, second_adam, 2);
  EXPECT_TRUE(at::equal(second.weight, straight.weight));
  EXPECT_TRUE(at::equal(second.bias, straight.bias));
}

TEST(AdamTest, RefusesAStateThatLacksAMoment) {
  Affine network;
  Adam adam(network, {});
  Safetensors checkpoint;
  adam.save(checkpoint);
  checkpoint.tensors.erase("adam.second.bias");
  EXPECT_EQ(caught([&] { adam.load(checkpoint); }).code, ErrorCode::corrupt_model);
}

TEST(AdamTest, ClipsTheCommonNorm) {
  Affine network;
  Adam adam(network, {});
  network.weight.mutable_grad() = at::full({2, 2}, 3.0F);
  network.bias.mutable_grad() = at::full({2}, 4.0F);
  EXPECT_NEAR(adam.clip_gradients(1.0), std::sqrt(4 * 9.0 + 2 * 16.0), 1e-5);
  const double clipped = std::sqrt(network.weight.grad().square().sum().item<double>() +
                                   network.bias.grad().square().sum().item<double>());
  EXPECT_NEAR(clipped, 1.0, 1e-5);
  EXPECT_NEAR(network.weight.grad()[0][0].item<double>() / network.bias.grad()[0].item<double>(),
              0.75, 1e-5);
}

TEST(AdamTest, LeavesSmallGradientsAlone) {
  Affine network;
  Adam adam(network, {});
  network.bias.mutable_grad() = at::full({2}, 0.1F);
  adam.clip_gradients(1.0);
  EXPECT_TRUE(at::equal(network.bias.grad(), at::full({2}, 0.1F)));
}

// A gradient may be laid out otherwise than its parameter, if only in the stride of a dimension of
// size 1, which stands for nothing.
class AdamLayoutTest : public testing::TestWithParam<c10::DeviceType> {};

TEST_P(AdamLayoutTest, AGradientsLayoutDoesNotMatter) {
  if (GetParam() == at::kCUDA && !at::hasCUDA())
    GTEST_SKIP() << "libtorch has no CUDA here, or no GPU";
  class Kernels : public torch::nn::Module {
   public:
    explicit Kernels(at::Device device) {
      at::manual_seed(2);
      for (const auto& shape : {std::vector<int64_t>{4, 1, 3, 3}, {4, 6, 1, 1}, {4, 6, 3, 3}}) {
        const auto kernel = at::randn(shape).contiguous(at::MemoryFormat::ChannelsLast).to(device);
        register_parameter("kernel" + std::to_string(shape[1] * shape[2]), kernel);
      }
    }
  };
  Kernels same(GetParam()), other(GetParam());
  Adam on_same(same, {.weight_decay = 0.1}), on_other(other, {.weight_decay = 0.1});
  for (int step = 0; step < 3; ++step) {
    auto others = other.parameters();
    std::size_t i = 0;
    for (auto& parameter : same.parameters()) {
      const auto gradient = at::randn(parameter.sizes()).to(GetParam());
      parameter.mutable_grad() = at::empty_like(parameter).copy_(gradient).detach();
      others[i++].mutable_grad() = gradient;  // planes, not channels, last
    }
    on_same.step(0.05);
    on_other.step(0.05);
  }
  for (std::size_t i = 0; i < same.parameters().size(); ++i) {
    EXPECT_TRUE(at::allclose(same.parameters()[i], other.parameters()[i], 1e-5, 1e-6)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, AdamLayoutTest, testing::Values(at::kCPU, at::kCUDA),
                         [](const auto& row) { return c10::DeviceTypeName(row.param, true); });

TEST(AdamTest, UpdatesOnAGpuAsOnACpu) {
  if (!at::hasCUDA()) GTEST_SKIP() << "libtorch has no CUDA here, or no GPU";
  Affine here, there;
  there.to(at::kCUDA);
  const AdamSettings settings{.weight_decay = 0.1};
  Adam on_cpu(here, settings), on_gpu(there, settings);
  for (int step = 0; step < 5; ++step) {
    on_cpu.zero_gradients();
    here.loss().backward();
    there.weight.mutable_grad() = here.weight.grad().to(at::kCUDA);
    there.bias.mutable_grad() = here.bias.grad().to(at::kCUDA);
    on_cpu.step(0.05);
    on_gpu.step(0.05);
  }
  EXPECT_TRUE(at::allclose(there.weight.cpu(), here.weight, 1e-5, 1e-6)) << there.weight;
  EXPECT_TRUE(at::allclose(there.bias.cpu(), here.bias, 1e-5, 1e-6)) << there.bias;
}

}  // namespace
}  // namespace cxrnet::train
