// Losses and their gradients against closed forms.
#include "cxrnet/nn/losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {
namespace {

double value(const at::Tensor& scalar) { return scalar.item<double>(); }
at::Tensor image_of(std::initializer_list<float> pixels) {
  const std::vector<float> values(pixels);
  return at::tensor(values).view({1, 1, 1, static_cast<int64_t>(values.size())});
}
// The logit of a probability.
float logit(double probability) {
  return static_cast<float>(std::log(probability / (1.0 - probability)));
}

TEST(SegmentationLoss, EqualsTheHandComputedOne) {
  // p = 0.8, 0.6, 0.3 against mask 1, 1, 0: 2 TP = 2.8, 2 TP + FP + FN = 1.7 + 2 = 3.7.
  const auto loss =
      segmentation_loss(image_of({logit(0.8), logit(0.6), logit(0.3)}), image_of({1, 1, 0}));
  const double cross_entropy = -(std::log(0.8) + std::log(0.6) + std::log(0.7)) / 3.0;
  EXPECT_NEAR(value(loss), cross_entropy - std::log((2.8 + 1.0) / (3.7 + 1.0)), 1e-5);
}

TEST(SegmentationLoss, LinearDiceTermEqualsTheHandComputedOne) {
  const auto loss = segmentation_loss(image_of({logit(0.8), logit(0.6), logit(0.3)}),
                                      image_of({1, 1, 0}), DiceTerm::linear);
  const double cross_entropy = -(std::log(0.8) + std::log(0.6) + std::log(0.7)) / 3.0;
  EXPECT_NEAR(value(loss), cross_entropy + 1.0 - (2.8 + 1.0) / (3.7 + 1.0), 1e-5);
}

TEST(SegmentationLoss, AveragesDiceOverImagesNotPixels) {
  const auto good = image_of({logit(0.9), logit(0.1)});
  const auto bad = image_of({logit(0.2), logit(0.7)});
  const auto mask = image_of({1, 0});
  const auto both = segmentation_loss(at::cat({good, bad}), at::cat({mask, mask}));
  const auto mean = (segmentation_loss(good, mask) + segmentation_loss(bad, mask)) / 2;
  EXPECT_NEAR(value(both), value(mean), 1e-6);
}

struct Extreme {
  const char* name;
  float logit, mask;
  double low, high;
};
class SegmentationExtremes : public testing::TestWithParam<Extreme> {};
TEST_P(SegmentationExtremes, StaysFinite) {
  const auto& extreme = GetParam();
  const auto loss = value(segmentation_loss(at::full({1, 1, 8, 8}, extreme.logit),
                                            at::full({1, 1, 8, 8}, extreme.mask)));
  EXPECT_GE(loss, extreme.low);
  EXPECT_LE(loss, extreme.high);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, SegmentationExtremes,
    testing::Values(Extreme{"right_and_sure_of_lungs", 50.0F, 1.0F, 0.0, 1e-4},
                    Extreme{"right_and_sure_of_no_lungs", -50.0F, 0.0F, 0.0, 1e-4},
                    Extreme{"wrong_and_sure_of_lungs", 50.0F, 0.0F, 54.0, 55.0},
                    Extreme{"wrong_and_sure_of_no_lungs", -50.0F, 1.0F, 54.0, 55.0}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SegmentationLoss, GradientEqualsTheClosedForm) {
  auto logits = image_of({0.3F, -0.7F, 1.1F, 0.0F}).requires_grad_();
  const auto mask = image_of({1, 0, 1, 0});
  segmentation_loss(logits, mask).backward();
  const auto p = logits.detach().sigmoid();
  // d(-log Dice)/dp = 1 / (sum p + sum t + 1) - 2 t / (2 sum(p t) + 1); dp/dlogit = p (1 - p)
  const auto dice =
      1.0 / (p.sum() + mask.sum() + 1.0) - 2.0 * mask / (2.0 * (p * mask).sum() + 1.0);
  const auto expected = (p - mask) / 4.0 + dice * p * (1.0 - p);
  EXPECT_TRUE(at::allclose(logits.grad(), expected, 1e-4, 1e-6)) << logits.grad();
}

TEST(CrossEntropy, EqualsEquationSix) {
  const auto logits = at::tensor({2.0F, 0.0F, -1.0F, 0.5F}).view({1, 4});
  const auto target = at::tensor({0.7F, 0.1F, 0.1F, 0.1F}).view({1, 4});
  const double total = std::exp(2.0) + 1.0 + std::exp(-1.0) + std::exp(0.5);
  const double expected = std::log(total) - (0.7 * 2.0 + 0.1 * 0.0 + 0.1 * -1.0 + 0.1 * 0.5);
  EXPECT_NEAR(value(cross_entropy(logits, target)), expected, 1e-6);
}

TEST(CrossEntropy, UniformLogitsGiveLogOfTheClasses) {
  EXPECT_NEAR(value(cross_entropy(at::zeros({5, 4}),
                                  at::eye(4).index_select(0, at::tensor({0, 1, 2, 3, 1})))),
              std::log(4.0), 1e-6);
}

TEST(CrossEntropy, ClassWeightsMakeAWeightedMean) {
  const auto logits = at::tensor({1.0F, 0.0F, 0.0F, 3.0F}).view({2, 2});
  const double first = std::log(1.0 + std::exp(-1.0));   // class 0, weight 1
  const double second = std::log(1.0 + std::exp(-3.0));  // class 1, weight 3
  const auto loss = cross_entropy(logits, at::eye(2), at::tensor({1.0F, 3.0F}));
  EXPECT_NEAR(value(loss), (first + 3.0 * second) / 4.0, 1e-6);
}

TEST(CrossEntropy, GradientIsProbabilityMinusTarget) {
  auto logits =
      at::tensor({0.2F, -1.0F, 0.4F, 2.0F, 0.0F, 1.0F, -0.5F, 0.3F}).view({2, 4}).requires_grad_();
  const auto target = at::tensor({1.0F, 0.0F, 0.0F, 0.0F, 0.25F, 0.25F, 0.0F, 0.5F}).view({2, 4});
  cross_entropy(logits, target).backward();
  EXPECT_TRUE(at::allclose(logits.grad(), (logits.detach().softmax(1) - target) / 2, 1e-5, 1e-7));
}

TEST(CrossEntropy, IsComputedInFloatAndStaysFinite) {
  const auto logits = at::tensor({300.0F, -300.0F}).view({1, 2}).to(at::kBFloat16);
  const auto loss = cross_entropy(logits, at::tensor({0.0F, 1.0F}).view({1, 2}));
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  EXPECT_NEAR(value(loss), 600.0, 2.0);
}

TEST(FusionLoss, IsTheSumOfBothPasses) {
  const CxrNetOutput output{.logits = at::tensor({1.0F, 0.0F}).view({1, 2}),
                            .representation = {},
                            .representation_logits = at::tensor({0.0F, 2.0F}).view({1, 2})};
  const auto target = at::tensor({1.0F, 0.0F}).view({1, 2});
  const double expected = std::log(1.0 + std::exp(-1.0)) + std::log(1.0 + std::exp(2.0));
  EXPECT_NEAR(value(fusion_loss(output, target)), expected, 1e-6);
}

TEST(FusionLoss, NeedsTheSecondPass) {
  const CxrNetOutput output{
      .logits = at::zeros({1, 2}), .representation = {}, .representation_logits = {}};
  EXPECT_THROW(fusion_loss(output, at::ones({1, 2}) / 2), Error);
}

TEST(Losses, RefuseMismatchedShapes) {
  EXPECT_THROW(segmentation_loss(at::zeros({1, 1, 4, 4}), at::zeros({1, 1, 4, 5})), Error);
  EXPECT_THROW(cross_entropy(at::zeros({2, 4}), at::zeros({2, 3})), Error);
  EXPECT_THROW(cross_entropy(at::zeros({2, 4}), at::zeros({2, 4}), at::ones({3})), Error);
}

}  // namespace
}  // namespace cxrnet::nn
