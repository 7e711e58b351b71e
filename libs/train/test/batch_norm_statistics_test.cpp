#include "batch_norm_statistics.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/dropout.h>

namespace cxrnet::train {
namespace {

class NormAndDropout : public torch::nn::Module {
 public:
  explicit NormAndDropout(double momentum = 0.1) {
    norm = register_module(
        "norm", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(1).momentum(momentum)));
    dropout = register_module("dropout", torch::nn::Dropout(0.5));
  }
  at::Tensor forward(const at::Tensor& input) { return dropout->forward(norm->forward(input)); }

  torch::nn::BatchNorm2d norm{nullptr};
  torch::nn::Dropout dropout{nullptr};
};

TEST(BatchNormStatisticsTest, AreThePlainAverageOverTheBatches) {
  NormAndDropout network;
  network.norm->running_mean.fill_(99.0);
  const auto first = at::tensor({1.0F, 3.0F}).view({2, 1, 1, 1});    // mean 2, unbiased variance 2
  const auto second = at::tensor({4.0F, 12.0F}).view({2, 1, 1, 1});  // mean 8, unbiased variance 32
  estimate_batch_norm_statistics(network, [&] {
    network.forward(first);
    network.forward(second);
  });
  EXPECT_FLOAT_EQ(network.norm->running_mean.item<float>(), 5.0F);
  EXPECT_FLOAT_EQ(network.norm->running_var.item<float>(), 17.0F);
}

TEST(BatchNormStatisticsTest, ModesAndMomentaComeBackAndDropoutRests) {
  NormAndDropout network(0.3);
  network.train();
  estimate_batch_norm_statistics(network, [&] {
    EXPECT_FALSE(network.dropout->is_training());
    EXPECT_TRUE(network.norm->is_training());
    EXPECT_FALSE(network.forward(at::rand({2, 1, 2, 2})).requires_grad());
  });
  EXPECT_TRUE(network.dropout->is_training());
  EXPECT_EQ(network.norm->options.momentum(), 0.3);
}

}  // namespace
}  // namespace cxrnet::train
