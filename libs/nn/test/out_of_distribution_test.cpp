#include "cxrnet/nn/out_of_distribution.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {
namespace {

// Two features, two classes: class 0 at (0, 0) and (2, 0), class 1 at (10, 4) and (10, 8).
OutOfDistribution fitted() {
  const auto features = at::tensor({0.0F, 0.0F, 2.0F, 0.0F, 10.0F, 4.0F, 10.0F, 8.0F}).view({4, 2});
  return fit_feature_distribution(features, at::tensor({0, 0, 1, 1}, at::kLong), 2);
}

TEST(OutOfDistribution, FitsClassMeansAndTheVarianceWithinClasses) {
  const auto distribution = fitted();
  // Means (1, 0) and (10, 6); residuals -1, 1, 0, 0 and 0, 0, -2, 2.
  EXPECT_TRUE(distribution.class_means.equal(at::tensor({1.0F, 0.0F, 10.0F, 6.0F}).view({2, 2})));
  EXPECT_TRUE(at::allclose(distribution.variance, at::tensor({0.5F, 2.0F})));
}

TEST(OutOfDistribution, DistanceIsTheMeanSquaredZScoreToTheNearestClass) {
  const auto features = at::tensor({1.0F, 0.0F, 10.0F, 10.0F, 3.0F, 2.0F}).view({3, 2});
  // At a mean: 0. To (10, 6): (0 + 16 / 2) / 2. To (1, 0): (4 / 0.5 + 4 / 2) / 2.
  EXPECT_TRUE(at::allclose(feature_distance(fitted(), features), at::tensor({0.0F, 4.0F, 5.0F})));
}

TEST(OutOfDistribution, AClassWithoutImagesTakesTheMeanOfAll) {
  const auto features = at::tensor({1.0F, 3.0F}).view({2, 1});
  const auto distribution = fit_feature_distribution(features, at::tensor({0, 2}, at::kLong), 3);
  EXPECT_TRUE(distribution.class_means.equal(at::tensor({1.0F, 2.0F, 3.0F}).view({3, 1})));
}

TEST(OutOfDistribution, AConstantFeatureKeepsTheDistanceFinite) {
  const auto distribution =
      fit_feature_distribution(at::ones({3, 2}), at::tensor({0, 0, 0}, at::kLong), 1);
  EXPECT_EQ(feature_distance(distribution, at::ones({1, 2})).item<float>(), 0.0F);
  EXPECT_TRUE(at::isfinite(feature_distance(distribution, at::zeros({1, 2}))).all().item<bool>());
}

TEST(OutOfDistribution, RefusesFeaturesOfAnotherNetwork) {
  EXPECT_THROW(feature_distance(fitted(), at::zeros({1, 3})), Error);
  EXPECT_THROW(fit_feature_distribution(at::zeros({2, 3}), at::zeros({3}, at::kLong), 2), Error);
}

}  // namespace
}  // namespace cxrnet::nn
