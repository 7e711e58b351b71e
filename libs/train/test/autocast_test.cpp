#include "cxrnet/train/autocast.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

namespace cxrnet::train {
namespace {

TEST(AutocastTest, ProductsAreInBfloat16WhileItLives) {
  const auto one = at::ones({8, 8});
  {
    const AutocastGuard autocast(c10::kCPU, true);
    EXPECT_EQ(at::mm(one, one).scalar_type(), at::kBFloat16);
  }
  EXPECT_EQ(at::mm(one, one).scalar_type(), at::kFloat);
  const AutocastGuard off(c10::kCPU, false);
  EXPECT_EQ(at::mm(one, one).scalar_type(), at::kFloat);
}

// A run's random numbers and its arithmetic must not depend on the measurement.
TEST(AutocastTest, MeasuringItsCostLeavesNoTrace) {
  at::manual_seed(5);
  const auto expected = at::rand({4});
  at::manual_seed(5);
  const double cost = cpu_autocast_cost();
  EXPECT_TRUE(std::isfinite(cost) && cost > 0.0) << cost;
  EXPECT_TRUE(at::equal(at::rand({4}), expected));
  EXPECT_EQ(at::mm(expected.view({2, 2}), expected.view({2, 2})).scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace cxrnet::train
