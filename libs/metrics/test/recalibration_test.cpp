#include "cxrnet/metrics/recalibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"
#include "cxrnet/metrics/calibration.h"

namespace cxrnet::metrics {
namespace {

// Two classes with logits (z, 0), of which the share q is right: the best 1/T makes z/T = ln(q / (1
// − q)).
TEST(FitTemperature, FindsTheOptimumOfTwoClasses) {
  struct Row {
    double logit;
    int right, wrong;
  };
  for (const auto& row : {Row{4.0, 3, 1}, Row{0.5, 9, 1}, Row{1.0, 70, 30}}) {
    std::vector<std::vector<double>> logits;
    std::vector<std::size_t> actual;
    for (int i = 0; i < row.right + row.wrong; ++i) {
      logits.push_back({row.logit, 0.0});
      actual.push_back(i < row.right ? 0 : 1);
    }
    const auto fit = fit_temperature(logits, actual);
    const double odds = static_cast<double>(row.right) / row.wrong;
    EXPECT_NEAR(fit.temperature, row.logit / std::log(odds), 1e-5);
    EXPECT_FALSE(fit.at_limit);
    EXPECT_LE(fit.nll_after, fit.nll_before);
    EXPECT_DOUBLE_EQ(fit.nll_before, negative_log_likelihood(logits, actual).value.value());
    EXPECT_DOUBLE_EQ(fit.nll_after,
                     negative_log_likelihood(logits, actual, fit.temperature).value.value());
  }
}

// Labels drawn from softmax(logits) and then logits made four times as sure.
TEST(FitTemperature, UndoesAKnownOverconfidence) {
  Random random(4);
  std::vector<std::vector<double>> logits;
  std::vector<std::size_t> actual;
  for (int i = 0; i < 20'000; ++i) {
    const double odds = std::exp(random.normal());
    actual.push_back(random.uniform() < odds / (1 + odds) ? 0 : 1);
    logits.push_back({4.0 * std::log(odds), 0.0});
  }
  EXPECT_NEAR(fit_temperature(logits, actual).temperature, 4.0, 0.15);
}

TEST(FitTemperature, SaysSoWhenTheOptimumIsOutOfReach) {
  const auto always_right = fit_temperature({{2, 0}, {0, 2}}, {0, 1});
  EXPECT_TRUE(always_right.at_limit);
  EXPECT_NEAR(always_right.temperature, kMinTemperature, 1e-4);
  const auto always_wrong = fit_temperature({{2, 0}, {0, 2}}, {1, 0});
  EXPECT_TRUE(always_wrong.at_limit);
  EXPECT_NEAR(always_wrong.temperature, kMaxTemperature, 1e-2);
  EXPECT_THROW(fit_temperature({}, {}), Error);
}

// A network that learnt from equal shares says (1/2, 1/2) of everybody: the shares of those held
// out are all there is to correct. The prior's pull is of the order of one image in 1000.
TEST(FitBiasCorrectedTemperature, BringsBackTheSharesOfTheClasses) {
  const std::vector<std::vector<double>> logits(1000, {0.0, 0.0, 0.0});
  std::vector<std::size_t> actual(1000, 0);
  for (std::size_t i = 0; i < 300; ++i) actual[i] = i < 100 ? 1 : 2;
  const auto fit = fit_bias_corrected_temperature(logits, actual);
  EXPECT_NEAR(fit.offsets[0] - fit.offsets[1], std::log(7.0), 0.03);
  EXPECT_NEAR(fit.offsets[2] - fit.offsets[1], std::log(2.0), 0.03);
  EXPECT_NEAR(fit.scaling.nll_before, std::log(3.0), 1e-12);
  EXPECT_NEAR(fit.scaling.nll_after,
              -0.7 * std::log(0.7) - 0.1 * std::log(0.1) - 0.2 * std::log(0.2), 1e-4);
}

// Labels drawn from softmax(z + o), the network answers 3 z.
TEST(FitBiasCorrectedTemperature, FindsTemperatureAndOffsetsThatLabelsWereDrawnWith) {
  Random random(7);
  const std::vector<double> offsets{0.8, -0.5, -0.3};
  std::vector<std::vector<double>> logits;
  std::vector<std::size_t> actual;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<double> image;
    std::size_t label = 0;
    double highest = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < offsets.size(); ++k) {
      const double z = random.normal();
      image.push_back(3.0 * z);
      const double score = z + offsets[k] - std::log(-std::log(random.uniform()));  // Gumbel
      if (score > highest) {
        highest = score;
        label = k;
      }
    }
    logits.push_back(image);
    actual.push_back(label);
  }
  const auto fit = fit_bias_corrected_temperature(logits, actual);
  EXPECT_NEAR(fit.scaling.temperature, 3.0, 0.1);
  for (std::size_t k = 0; k < offsets.size(); ++k) EXPECT_NEAR(fit.offsets[k], offsets[k], 0.04);
  EXPECT_FALSE(fit.scaling.at_limit);
  EXPECT_LT(fit.scaling.nll_after, fit_temperature(logits, actual).nll_after);
}

TEST(FitBiasCorrectedTemperature, StaysFiniteWhereALikelihoodAloneWouldNot) {
  const auto fit =
      fit_bias_corrected_temperature({{9, 0, 0}, {0, 9, 0}, {8, 1, 5}, {9, 0, 3}}, {0, 1, 0, 0});
  EXPECT_TRUE(fit.scaling.at_limit);
  EXPECT_EQ(fit.offsets[2], 0.0);  // no image of this class
  EXPECT_NEAR(fit.offsets[0] + fit.offsets[1], 0.0, 1e-12);
  for (const double offset : fit.offsets) EXPECT_LT(std::abs(offset), 3.0);
  EXPECT_THROW(fit_bias_corrected_temperature({}, {}), Error);
  EXPECT_THROW(fit_bias_corrected_temperature({{1, 0}}, {2}), Error);
  EXPECT_THROW(fit_bias_corrected_temperature({{1, 0}, {1, 0, 0}}, {0, 2}), Error);
  EXPECT_THROW(fit_temperature({{1, 0}, {1, 0, 0}}, {0, 2}), Error);
}

}  // namespace
}  // namespace cxrnet::metrics
