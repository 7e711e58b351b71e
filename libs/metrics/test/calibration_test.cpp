#include "cxrnet/metrics/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"

namespace cxrnet::metrics {
namespace {

TEST(CalibrationError, AgreesWithSumsByHand) {
  struct Row {
    const char* name;
    std::vector<double> confidences;
    std::vector<bool> correct;
    double expected;
  };
  const Row rows[] = {
      {"always right and sure", {1.0, 1.0}, {true, true}, 0.0},
      {"always wrong and sure", {1.0, 1.0}, {false, false}, 1.0},
      // Both in (0.8, 0.8667]: |1/2 − 0.83| over all of the images.
      {"one bin", {0.82, 0.84}, {true, false}, 0.33},
      // (0.8, 0.8667]: |1/2 − 0.83| × 2/3; (0.2667, 0.3333]: |1 − 0.3| × 1/3.
      {"two bins", {0.82, 0.84, 0.3}, {true, false, true}, (2 * 0.33 + 0.7) / 3},
      // 0.6 = 9/15 closes (8/15, 9/15], 0.61 opens the next: no averaging between them.
      {"an edge belongs to the bin below", {0.6, 0.61}, {true, false}, (0.4 + 0.61) / 2},
      {"zero is in the first bin", {0.0, 0.05}, {false, true}, (1 - 0.05) / 2},
  };
  for (const auto& row : rows) {
    EXPECT_NEAR(expected_calibration_error(row.confidences, row.correct).value.value(),
                row.expected, 1e-14)
        << row.name;
  }
}

TEST(CalibrationError, CountsAnImageAsOftenAsItsWeightSays) {
  const std::vector<double> confidences{0.9, 0.7, 0.4};
  const std::vector<int32_t> weights{2, 0, 1};
  const auto weighted = expected_calibration_error(confidences, {true, false, false}, weights);
  const auto repeated =
      expected_calibration_error(std::vector<double>{0.9, 0.9, 0.4}, {true, true, false});
  EXPECT_DOUBLE_EQ(weighted.value.value(), repeated.value.value());
}

TEST(CalibrationError, IsUndefinedWithoutImagesAndRefusesNonsense) {
  EXPECT_EQ(expected_calibration_error({}, {}).undefined, "no images");
  const auto measure = [](double confidence) {
    return expected_calibration_error(std::vector<double>{confidence}, {true});
  };
  EXPECT_THROW(measure(1.01), Error);
  EXPECT_THROW(measure(-0.01), Error);
  EXPECT_THROW(measure(std::nan("")), Error);
  EXPECT_THROW(expected_calibration_error(std::vector<double>{0.5}, {true, false}), Error);
}

TEST(CalibrationBins, HoldCountsMeansAndHitsByHand) {
  // 0 and 1/15 are in the first bin, 0.82 and 0.84 in (12/15, 13/15], 1 in the last.
  const auto bins = calibration_bins(std::vector<double>{0.0, 1.0 / 15, 0.82, 0.84, 1.0},
                                     {false, true, true, true, false});
  ASSERT_EQ(bins.size(), 15U);
  EXPECT_EQ(bins[0].images, 2);
  EXPECT_NEAR(bins[0].mean_confidence.value.value(), 1.0 / 30, 1e-15);
  EXPECT_DOUBLE_EQ(bins[0].share_correct.value.value(), 0.5);
  EXPECT_EQ(bins[12].images, 2);
  EXPECT_DOUBLE_EQ(bins[12].low, 0.8);
  EXPECT_DOUBLE_EQ(bins[12].high, 13.0 / 15);
  EXPECT_NEAR(bins[12].mean_confidence.value.value(), 0.83, 1e-15);
  EXPECT_DOUBLE_EQ(bins[12].share_correct.value.value(), 1.0);
  EXPECT_DOUBLE_EQ(bins[14].share_correct.value.value(), 0.0);
  EXPECT_EQ(bins[5].images, 0);
  EXPECT_EQ(bins[5].share_correct.undefined, "no images");
}

TEST(CalibrationBins, AddUpToTheCalibrationError) {
  Random random(4);
  std::vector<double> confidences;
  std::vector<bool> correct;
  for (int i = 0; i < 500; ++i) {
    confidences.push_back(random.uniform(0.25, 1.0));
    correct.push_back(random.uniform() < confidences.back());
  }
  double error = 0.0;
  for (const auto& bin : calibration_bins(confidences, correct)) {
    if (bin.images == 0) continue;
    error += static_cast<double>(bin.images) / 500 *
             std::abs(*bin.share_correct.value - *bin.mean_confidence.value);
  }
  EXPECT_NEAR(error, expected_calibration_error(confidences, correct).value.value(), 1e-12);
  EXPECT_THROW(calibration_bins(std::vector<double>{0.5}, {true, false}), Error);
}

TEST(Brier, SumsOverTheClasses) {
  EXPECT_DOUBLE_EQ(brier_score(std::vector<double>{1, 0, 0}, 0), 0.0);
  EXPECT_DOUBLE_EQ(brier_score(std::vector<double>{1, 0, 0}, 2), 2.0);
  EXPECT_DOUBLE_EQ(brier_score(std::vector<double>{0.25, 0.25, 0.25, 0.25}, 1), 0.75);
  EXPECT_NEAR(brier_score(std::vector<double>{0.5, 0.3, 0.2}, 1), 0.25 + 0.49 + 0.04, 1e-15);
}

TEST(NegativeLogLikelihood, AgreesWithClosedForms) {
  EXPECT_NEAR(negative_log_likelihood({{0, 0, 0, 0}}, {2}).value.value(), std::log(4.0), 1e-15);
  // softmax(ln 3, 0) = (3/4, 1/4)
  EXPECT_NEAR(
      negative_log_likelihood({{std::log(3.0), 0}, {std::log(3.0), 0}}, {0, 1}).value.value(),
      (std::log(4.0 / 3) + std::log(4.0)) / 2, 1e-15);
  // At temperature 2 the odds 9 become 3.
  EXPECT_NEAR(negative_log_likelihood({{std::log(9.0), 0}}, {0}, 2.0).value.value(),
              std::log(4.0 / 3), 1e-15);
  EXPECT_NEAR(negative_log_likelihood({{1000, 0}}, {1}).value.value(), 1000.0, 1e-9);
  EXPECT_EQ(negative_log_likelihood({}, {}).undefined, "no images");
}

TEST(NegativeLogLikelihood, RefusesNonsense) {
  EXPECT_THROW(negative_log_likelihood({{0, 0}}, {2}), Error);
  EXPECT_THROW(negative_log_likelihood({{}}, {0}), Error);
  EXPECT_THROW(negative_log_likelihood({{0, 0}}, {0, 1}), Error);
  EXPECT_THROW(negative_log_likelihood({{0, 0}}, {0}, 0.0), Error);
}

}  // namespace
}  // namespace cxrnet::metrics
