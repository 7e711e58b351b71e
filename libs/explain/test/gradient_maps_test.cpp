// Closed forms on classifiers whose gradients are known.
#include "cxrnet/explain/gradient_maps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace cxrnet::explain {
namespace {

const PassOptions kPasses{.batch_size = 3, .seed = 7};

at::Tensor weights() {
  return at::tensor({1.0F, -2.0F, 0.5F, 3.0F, 0.0F, -1.0F, 4.0F, 2.0F}).view({2, 1, 2, 2});
}

// logits[n, c] = sum(weights[c] * image[n]): the gradient is weights[c] everywhere.
at::Tensor linear(const at::Tensor& image) {
  return image.flatten(1).matmul(weights().flatten(1).t());
}

// logits[n, c] = sum(weights[c] * image[n]^2): the gradient is 2 * weights[c] * image.
at::Tensor quadratic(const at::Tensor& image) { return linear(image.square()); }

at::Tensor two_images() {
  return at::tensor({0.1F, 0.2F, 0.3F, 0.4F, 1.0F, 0.0F, 0.5F, 0.25F}).view({2, 1, 2, 2});
}
at::Tensor targets(std::vector<int64_t> classes) { return at::tensor(classes, at::kLong); }

void expect_close(const at::Tensor& actual, const at::Tensor& expected) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  EXPECT_TRUE(at::allclose(actual, expected, 1e-5, 1e-6)) << actual << "\nexpected" << expected;
}

TEST(LogitGradientTest, IsTheWeightsOfEachImagesOwnTarget) {
  const auto gradient = logit_gradient(linear, two_images(), targets({1, 0}), kPasses);
  expect_close(gradient, weights().flip(0));
}

TEST(LogitGradientTest, IsTwiceWeightTimesPixelOfAQuadraticModel) {
  const auto gradient = logit_gradient(quadratic, two_images(), targets({0, 0}), kPasses);
  expect_close(gradient, 2.0 * weights().narrow(0, 0, 1) * two_images());
}

TEST(LogitGradientTest, WorksWhereTheCallerRecordsNoGradientAndLeavesTheImageAlone) {
  const at::NoGradGuard no_gradient;
  const auto image = two_images();
  const auto gradient = logit_gradient(linear, image, targets({0, 0}), kPasses);
  expect_close(gradient, weights().narrow(0, 0, 1).expand({2, -1, -1, -1}));
  EXPECT_FALSE(image.requires_grad());
  EXPECT_FALSE(gradient.requires_grad());
  EXPECT_FALSE(at::GradMode::is_enabled());
}

TEST(SmoothGradientTest, OfALinearModelIsItsGradient) {
  const auto gradient =
      smooth_gradient(linear, two_images(), targets({0, 1}), {.smoothgrad_samples = 5}, kPasses);
  expect_close(gradient, weights());
}

// d/dx of w (x + e)^2 is 2 w (x + e); its mean over many e of mean 0 tends to 2 w x, and the
// scatter of that mean is 2 w sigma / sqrt(samples).
TEST(SmoothGradientTest, OfAQuadraticModelScattersAsTheNoiseSays) {
  const GradientOptions options{.smoothgrad_samples = 400, .smoothgrad_noise = 0.2};
  const auto image = two_images();
  const auto ones = [](const at::Tensor& input) {
    return input.square().flatten(1).sum(1, /*keepdim=*/true);
  };
  const auto error = smooth_gradient(ones, image, targets({0, 0}), options, kPasses) - 2.0 * image;
  const std::vector<double> grey_range{0.3, 1.0};
  for (int64_t n = 0; n < 2; ++n) {
    const double scatter = 2.0 * 0.2 * grey_range[static_cast<std::size_t>(n)] / 20.0;
    EXPECT_LT(error[n].abs().max().item<double>(), 4.0 * scatter);
    EXPECT_GT(error[n].abs().max().item<double>(), 0.1 * scatter);
  }
}

TEST(SmoothGradientTest, DependsOnTheSeedAlone) {
  const GradientOptions options{.smoothgrad_samples = 4};
  const auto map = [&](int64_t seed, int64_t batch_size) {
    return smooth_gradient(quadratic, two_images(), targets({0, 1}), options,
                           {.batch_size = batch_size, .seed = seed});
  };
  expect_close(map(3, 1), map(3, 5));
  EXPECT_FALSE(at::allclose(map(3, 8), map(4, 8)));
}

TEST(IntegratedGradientsTest, OfALinearModelIsWeightTimesPixel) {
  const auto map = integrated_gradients(linear, two_images(), targets({0, 1}),
                                        {.integrated_gradients_steps = 3}, kPasses);
  expect_close(map, weights() * two_images());
}

// The midpoint rule is exact for the linear gradient of a quadratic model: w x^2, whatever the
// steps.
TEST(IntegratedGradientsTest, OfAQuadraticModelIsWeightTimesSquaredPixel) {
  for (const int64_t steps : {1, 2, 7}) {
    const auto map = integrated_gradients(quadratic, two_images(), targets({0, 0}),
                                          {.integrated_gradients_steps = steps}, kPasses);
    expect_close(map, weights().narrow(0, 0, 1) * two_images().square());
  }
}

// Of w x^3 the gradient on the path is 3 w a^2 x^2; the midpoint of one step, a = 1/2, gives
// x * 3/4 w x^2, not the exact w x^3, and many steps approach it.
TEST(IntegratedGradientsTest, FollowsTheMidpointRuleOnACubicModel) {
  const auto cubic = [](const at::Tensor& input) { return linear(input.pow(3)); };
  const auto exact = weights().narrow(0, 0, 1) * two_images().pow(3);
  const auto map = [&](int64_t steps) {
    return integrated_gradients(cubic, two_images(), targets({0, 0}),
                                {.integrated_gradients_steps = steps}, kPasses);
  };
  expect_close(map(1), 0.75 * exact);
  expect_close(map(2), 0.9375 * exact);  // 3 * (1/16 + 9/16) / 2
  EXPECT_TRUE(at::allclose(map(50), exact, 1e-3, 1e-6));
}

// Completeness (Sundararajan et al. 2017, section 3) on a model with a kink.
TEST(IntegratedGradientsTest, SumsToTheLogitAboveTheBlackImages) {
  const auto rectified = [](const at::Tensor& input) {
    return (linear(input) - 0.3).relu() + linear(input.square());
  };
  const auto image = two_images();
  const auto target = targets({0, 1});
  const auto map =
      integrated_gradients(rectified, image, target, {.integrated_gradients_steps = 2000}, kPasses);
  const auto gain = rectified(image) - rectified(at::zeros_like(image));
  for (int64_t n = 0; n < 2; ++n) {
    EXPECT_NEAR(map[n].sum().item<double>(), gain[n][target[n].item<int64_t>()].item<double>(),
                2e-3);
  }
}

}  // namespace
}  // namespace cxrnet::explain
