#include "cxrnet/train/moving_average.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

namespace cxrnet::train {
namespace {

class OneNumber : public torch::nn::Module {
 public:
  OneNumber() {
    value = register_parameter("value", at::zeros({1}));
    real = register_buffer("real", at::zeros({1}));
    count = register_buffer("count", at::zeros({1}, at::kLong));
  }
  void set(float number) {
    const at::NoGradGuard no_grad;
    value.fill_(number);
    real.fill_(-number);
    count.fill_(static_cast<int64_t>(number));
  }
  at::Tensor value, real, count;
};

// With n updates done the decay is min(decay, (1 + n) / (10 + n)): 2/11, 3/12, then the limit 0.3.
TEST(MovingAverageTest, FollowsTheFormula) {
  OneNumber network;
  MovingAverage average(network, {.decay = 0.3});
  double expected = 0.0;
  for (const auto& [number, decay] :
       std::vector<std::pair<float, double>>{{1, 2.0 / 11}, {5, 0.25}, {2, 0.3}, {8, 0.3}}) {
    network.set(number);
    average.update();
    expected = decay * expected + (1 - decay) * number;
  }
  average.swap();
  EXPECT_NEAR(network.value.item<double>(), expected, 1e-6);
  EXPECT_NEAR(network.real.item<double>(), -expected,
              1e-6);                            // running statistics are averaged, too
  EXPECT_EQ(network.count.item<int64_t>(), 8);  // whole numbers are copied
  average.swap();
  EXPECT_FLOAT_EQ(network.value.item<float>(), 8.0F);
}

// After two moving updates the average starts anew: (2 + 8 + 11) / 3, which no single step had.
TEST(MovingAverageTest, CountsLaterUpdatesEqually) {
  OneNumber network;
  MovingAverage average(network, {.decay = 0.9, .equal_after = 2});
  for (const float number : {100.0F, 50.0F, 2.0F, 8.0F, 11.0F}) {
    network.set(number);
    average.update();
  }
  average.swap();
  EXPECT_FLOAT_EQ(network.value.item<float>(), 7.0F);
  EXPECT_FLOAT_EQ(network.real.item<float>(), -7.0F);
  EXPECT_EQ(network.count.item<int64_t>(), 11);
}

TEST(MovingAverageTest, AnEqualAverageGoesOnFromASavedState) {
  const Averaging averaging{.decay = 0.9, .equal_after = 1};
  OneNumber network;
  MovingAverage average(network, averaging);
  for (const float number : {100.0F, 2.0F, 8.0F}) {
    network.set(number);
    average.update();
  }
  Safetensors checkpoint;
  average.save(checkpoint);
  OneNumber other;
  MovingAverage resumed(other, averaging);
  resumed.load(parse_safetensors(format_safetensors(checkpoint)));
  other.set(11);
  resumed.update();
  resumed.swap();
  EXPECT_FLOAT_EQ(other.value.item<float>(), 7.0F);  // (2 + 8 + 11) / 3
}

TEST(MovingAverageTest, DecayZeroLeavesTheNetworkAlone) {
  OneNumber network;
  MovingAverage average(network, {});
  network.set(3);
  average.update();
  network.set(4);
  average.swap();
  EXPECT_FLOAT_EQ(network.value.item<float>(), 4.0F);
}

TEST(MovingAverageTest, GoesOnFromASavedState) {
  OneNumber network;
  MovingAverage average(network, {.decay = 0.9});
  network.set(2);
  average.update();
  Safetensors checkpoint;
  average.save(checkpoint);

  OneNumber other;
  MovingAverage resumed(other, {.decay = 0.9});
  resumed.load(parse_safetensors(format_safetensors(checkpoint)));
  network.set(6);
  other.set(6);
  average.update();
  resumed.update();
  average.swap();
  resumed.swap();
  EXPECT_TRUE(at::equal(network.value, other.value));
}

}  // namespace
}  // namespace cxrnet::train
