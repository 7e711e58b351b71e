#include "cxrnet/metrics/classification.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"

namespace cxrnet::metrics {
namespace {

const std::vector<std::string> kLabels{"healthy", "bacterial", "viral", "covid19"};

std::vector<Prediction> random_predictions(uint64_t seed, std::size_t images) {
  Random random(seed);
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < images; ++i) {
    const int actual = static_cast<int>(random.index(4));
    std::vector<double> odds;
    double sum = 0;
    for (int k = 0; k < 4; ++k) {
      odds.push_back(std::exp(random.normal() + (k == actual ? 1.0 : 0.0)));
      sum += odds.back();
    }
    for (auto& value : odds) value /= sum;
    predictions.push_back({odds, actual, "patient-" + std::to_string(i / 2)});
  }
  return predictions;
}

// Five images of two labels, all figures by hand.
TEST(EvaluateClassification, AgreesWithFiguresByHand) {
  const std::vector<Prediction> predictions{{{0.9, 0.1}, 0, "p"},
                                            {{0.6, 0.4}, 0, "p"},
                                            {{0.3, 0.7}, 0, "q"},
                                            {{0.2, 0.8}, 1, "r"},
                                            {{0.7, 0.3}, 1, "r"}};
  const auto report = evaluate_classification(predictions, {"no", "yes"});
  EXPECT_EQ(report.n, 5);
  EXPECT_EQ(report.groups, 3);
  EXPECT_DOUBLE_EQ(report.accuracy.value.value(), 0.6);
  EXPECT_EQ(report.confusion_matrix.count(0, 0), 2);
  EXPECT_EQ(report.confusion_matrix.count(0, 1), 1);
  EXPECT_EQ(report.confusion_matrix.count(1, 0), 1);
  EXPECT_EQ(report.confusion_matrix.count(1, 1), 1);
  ASSERT_EQ(report.per_class.size(), 2u);
  const auto& yes = report.per_class[1];
  EXPECT_EQ(yes.label, "yes");
  EXPECT_EQ(yes.support, 2);
  EXPECT_DOUBLE_EQ(yes.precision.value.value(), 0.5);
  EXPECT_DOUBLE_EQ(yes.recall.value.value(), 0.5);
  EXPECT_DOUBLE_EQ(yes.f1.value.value(), 0.5);
  EXPECT_DOUBLE_EQ(yes.auroc.value.value(), 4.0 / 6);  // 0.8 beats all three, 0.3 beats 0.1 alone
  EXPECT_DOUBLE_EQ(report.per_class[0].auroc.value.value(), 4.0 / 6);
  // Squared gaps of one class, twice: 0.01, 0.16, 0.49, 0.04, 0.49.
  EXPECT_NEAR(report.brier.value.value(), 2 * (0.01 + 0.16 + 0.49 + 0.04 + 0.49) / 5, 1e-14);
  // Bins: 0.9 | 0.6 | 0.7 and 0.7, both wrong | 0.8.
  EXPECT_NEAR(report.ece.value.value(), (0.1 + 0.4 + 1.4 + 0.2) / 5, 1e-14);
}

TEST(EvaluateClassification, EnclosesItsFigures) {
  const auto report = evaluate_classification(random_predictions(1, 200), kLabels);
  const auto expect_enclosed = [](const Estimate& estimate) {
    ASSERT_TRUE(estimate.interval);
    EXPECT_LT(estimate.interval->low, estimate.value.value());
    EXPECT_GT(estimate.interval->high, estimate.value.value());
  };
  expect_enclosed(report.accuracy);
  expect_enclosed(report.brier);
  for (const auto& figures : report.per_class) {
    expect_enclosed(figures.precision);
    expect_enclosed(figures.recall);
    expect_enclosed(figures.f1);
    expect_enclosed(figures.auroc);
  }
  // ECE is biased upwards in a bootstrap, so its interval need not hold the figure; it exists.
  ASSERT_TRUE(report.ece.interval);
  EXPECT_LT(report.ece.interval->low, report.ece.interval->high);
}

TEST(EvaluateClassification, IgnoresTheOrderOfThePredictions) {
  const auto predictions = random_predictions(2, 120);
  std::vector<Prediction> shuffled;
  for (const auto i : Random(3).permutation(predictions.size())) shuffled.push_back(predictions[i]);
  const BootstrapOptions options{.resamples = 100};
  const auto expected = evaluate_classification(predictions, kLabels, options);
  const auto got = evaluate_classification(shuffled, kLabels, options);
  EXPECT_EQ(got.accuracy.value, expected.accuracy.value);
  EXPECT_EQ(got.accuracy.interval->low, expected.accuracy.interval->low);
  EXPECT_NEAR(got.ece.value.value(), expected.ece.value.value(), 1e-12);
  EXPECT_NEAR(got.brier.interval->high, expected.brier.interval->high, 1e-12);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(got.per_class[k].auroc.value, expected.per_class[k].auroc.value);
    EXPECT_EQ(got.per_class[k].f1.interval->high, expected.per_class[k].f1.interval->high);
  }
}

TEST(EvaluateClassification, SaysWhatASubsetOfTheLabelsLeavesUndefined) {
  const std::vector<Prediction> predictions{{{0.7, 0.1, 0.1, 0.1}, 0, "a"},
                                            {{0.1, 0.7, 0.1, 0.1}, 0, "b"},
                                            {{0.6, 0.2, 0.1, 0.1}, 0, "c"}};
  const auto report = evaluate_classification(predictions, kLabels);
  EXPECT_DOUBLE_EQ(report.accuracy.value.value(), 2.0 / 3);
  const auto& healthy = report.per_class[0];
  EXPECT_DOUBLE_EQ(healthy.recall.value.value(), 2.0 / 3);
  EXPECT_EQ(healthy.auroc.undefined, "no image of another class in the data");
  EXPECT_EQ(report.per_class[1].precision.value, 0.0);
  EXPECT_EQ(report.per_class[1].recall.undefined, "no image of this class in the data");
  EXPECT_EQ(report.per_class[3].precision.undefined, "no image was predicted as this class");
  EXPECT_FALSE(report.per_class[3].auroc.value);
  EXPECT_FALSE(report.per_class[3].recall.interval);
}

TEST(EvaluateClassification, IsUndefinedWithoutImages) {
  const auto report = evaluate_classification({}, kLabels);
  EXPECT_EQ(report.n, 0);
  EXPECT_EQ(report.per_class.size(), 4u);
  for (const Estimate* figure : {&report.accuracy, &report.ece, &report.brier}) {
    EXPECT_FALSE(figure->value);
    EXPECT_EQ(figure->undefined, "no images");
    EXPECT_FALSE(figure->interval);
  }
}

TEST(EvaluateClassification, RefusesWhatIsNoPrediction) {
  struct Row {
    const char* name;
    Prediction prediction;
    ErrorCode code;
  };
  const Row rows[] = {
      {"too few", {{1.0}, 0, "a"}, ErrorCode::invalid_shape},
      {"too many", {{0.5, 0.5, 0.0}, 0, "a"}, ErrorCode::invalid_shape},
      {"sum", {{0.5, 0.4}, 0, "a"}, ErrorCode::invalid_option},
      {"negative", {{1.1, -0.1}, 0, "a"}, ErrorCode::invalid_option},
      {"NaN", {{std::nan(""), 1.0}, 0, "a"}, ErrorCode::invalid_option},
      {"label below", {{0.5, 0.5}, -1, "a"}, ErrorCode::invalid_option},
      {"label above", {{0.5, 0.5}, 2, "a"}, ErrorCode::invalid_option},
  };
  for (const auto& row : rows) {
    try {
      evaluate_classification({row.prediction}, {"no", "yes"});
      ADD_FAILURE() << row.name << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), row.code) << row.name;
    }
  }
}

TEST(PredictedLabel, IsTheFirstOfTheHighest) {
  EXPECT_EQ(predicted_label({0.2, 0.5, 0.3}), 1u);
  EXPECT_EQ(predicted_label({0.4, 0.2, 0.4}), 0u);
  EXPECT_THROW(predicted_label({}), Error);
}

}  // namespace
}  // namespace cxrnet::metrics
