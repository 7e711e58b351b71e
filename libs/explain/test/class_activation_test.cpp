// Class activation maps by hand.
#include "cxrnet/explain/class_activation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cxrnet/explain/heat_map.h"
#include "small_models.h"

namespace cxrnet::explain {
namespace {

// Two channels of one row of two pixels.
LevelGradient by_hand() {
  return {.activation = at::tensor({1.0F, 3.0F, 2.0F, 4.0F}).view({1, 2, 1, 2}),
          .gradient = at::tensor({2.0F, 0.0F, -1.0F, 1.0F}).view({1, 2, 1, 2})};
}

void expect_row(const at::Tensor& map, double left, double right) {
  ASSERT_EQ(map.sizes().vec(), (std::vector<int64_t>{1, 1, 1, 2}));
  EXPECT_NEAR(map[0][0][0][0].item<double>(), left, 1e-6);
  EXPECT_NEAR(map[0][0][0][1].item<double>(), right, 1e-6);
}

// Mean gradients 1 and 0: the first channel alone.
TEST(GradCamTest, WeighsChannelsByTheirMeanGradient) { expect_row(grad_cam(by_hand()), 1.0, 3.0); }

TEST(GradCamTest, LeavesOutWhatSpeaksAgainstTheTarget) {
  auto level = by_hand();
  level.gradient = at::tensor({-1.0F, -1.0F, 0.5F, 0.5F}).view({1, 2, 1, 2});
  expect_row(grad_cam(level), 0.0, 0.0);  // -1 + 1 and -3 + 2, rectified
}

// Channel 1: sum of A g^3 = 8; alpha = 4 / (2 * 4 + 8) = 1/4 at the left, 0 / 8 at the right;
// weight = 1/4 * 2 = 1/2. Channel 2: sum of A g^3 = -2 + 4 = 2; alpha = 1 / (2 + 2) = 1/4 at both;
// weight = 1/4 * 0 + 1/4 * 1 = 1/4. Map: 1/2 * 1 + 1/4 * 2 and 1/2 * 3 + 1/4 * 4.
TEST(GradCamPlusPlusTest, WeighsChannelsByEquations10And19) {
  expect_row(grad_cam_plus_plus(by_hand()), 1.0, 2.5);
}

TEST(GradCamPlusPlusTest, GivesAChannelWithoutGradientNoWeight) {
  auto level = by_hand();
  level.gradient = at::zeros_like(level.gradient);
  expect_row(grad_cam_plus_plus(level), 0.0, 0.0);
}

// 1 * 2 + 2 * 0 and 3 * 0 + 4 * 1.
TEST(LayerCamTest, WeighsEachPixelByItsOwnPositiveGradient) {
  expect_row(layer_cam(by_hand()), 2.0, 4.0);
}

// The head averages the last level and is linear: d logit / d activation = fc.weight / pixels, so
// that Grad-CAM there is the class activation map of Zhou et al. 2016.
TEST(LevelGradientTest, AtTheLastLevelIsTheHeadsWeightOverThePixels) {
  for (const auto architecture : test::kArchitectures) {
    SCOPED_TRACE(to_string(architecture));
    auto model = test::small_network(architecture);
    model->eval();
    const auto image = at::rand({2, 1, 112, 128});
    const auto target = at::tensor({3, 1}, at::kLong);
    const auto level = level_gradient(model, image, target, 4, {.batch_size = 1});
    const at::NoGradGuard no_gradient;
    EXPECT_TRUE(at::allclose(level.activation, model->features(image)[4], 1e-3, 1e-4));
    const auto pixels = level.activation.size(2) * level.activation.size(3);
    const auto weight = model->head()->fc()->weight.index_select(0, target) / pixels;
    const auto expected = weight.unsqueeze(2).unsqueeze(3).expand_as(level.gradient);
    EXPECT_TRUE(at::allclose(level.gradient, expected, 1e-5, 1e-8));
    EXPECT_TRUE(at::allclose(grad_cam(level), (expected * level.activation).sum(1, true).relu(),
                             1e-5, 1e-8));
  }
}

TEST(LevelGradientTest, ReachesEveryLevelOfAFrozenModel) {
  for (const auto architecture : test::kArchitectures) {
    SCOPED_TRACE(to_string(architecture));
    auto model = test::small_network(architecture);
    model->eval();
    for (auto& parameter : model->parameters()) parameter.requires_grad_(false);
    const auto channels = model->encoder().channels();
    for (int64_t i = 0; i < static_cast<int64_t>(nn::kLevels); ++i) {
      const auto level =
          level_gradient(model, at::rand({1, 1, 96, 96}), at::tensor({2}, at::kLong), i, {});
      EXPECT_EQ(level.activation.size(1), channels.at(static_cast<std::size_t>(i)));
      EXPECT_EQ(level.gradient.sizes(), level.activation.sizes());
      EXPECT_GT(level.gradient.abs().max().item<float>(), 0.0F) << "level " << i;
    }
  }
}

// Channel 1 lets the left pixel through, channel 2 the right one, channel 3 is constant. Logit of
// class 1: 2 * left + right. Scores 2 * 1 = 2 and 0.5: weights e^2 : e^0.5.
TEST(ScoreCamTest, WeighsChannelsByTheSoftmaxOfWhatTheyLetThrough) {
  const auto image = at::tensor({1.0F, 0.5F}).view({1, 1, 1, 2});
  const auto activation = at::tensor({5.0F, 1.0F, 0.0F, 2.0F, 9.0F, 9.0F}).view({1, 3, 1, 2});
  const auto classifier = [](const at::Tensor& input) {
    return input.flatten(1).matmul(at::tensor({0.0F, 2.0F, 0.0F, 1.0F}).view({2, 2}));
  };
  const double left = std::exp(2.0) / (std::exp(2.0) + std::exp(0.5));
  const double right = 1.0 - left;
  const auto target = at::tensor({1}, at::kLong);
  expect_row(score_cam(classifier, image, target, activation, {}, {.batch_size = 1}), 5.0 * left,
             1.0 * left + 2.0 * right);
  // The channel that varies most alone.
  expect_row(score_cam(classifier, image, target, activation, {.score_cam_channels = 1}, {}), 5.0,
             1.0);
  expect_row(score_cam(classifier, image, target, at::ones({1, 3, 1, 2}), {}, {}), 0.0, 0.0);
}

}  // namespace
}  // namespace cxrnet::explain
