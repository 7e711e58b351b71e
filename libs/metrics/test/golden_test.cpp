// Against scikit-learn and SciPy: tools/golden/metrics.py made data/golden.json.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cxrnet/core/files.h"
#include "cxrnet/metrics/calibration.h"
#include "cxrnet/metrics/classification.h"
#include "cxrnet/metrics/mcnemar.h"
#include "cxrnet/metrics/recalibration.h"
#include "cxrnet/metrics/roc.h"

namespace cxrnet::metrics {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<double>>;

constexpr double kTolerance = 1e-12;

const json& golden() {
  static const json document = json::parse(read_file(CXRNET_TEST_DATA "/golden.json"));
  return document;
}

std::vector<Prediction> predictions_of(const json& row) {
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < row["actual"].size(); ++i) {
    predictions.push_back({row["probabilities"][i], row["actual"][i], std::to_string(i)});
  }
  return predictions;
}

TEST(Golden, ClassificationAgreesWithScikitLearn) {
  ASSERT_EQ(golden()["classification"].size(), 2u);
  for (const auto& row : golden()["classification"]) {
    const auto report =
        evaluate_classification(predictions_of(row), {"0", "1", "2", "3"}, {.resamples = 0});
    EXPECT_NEAR(report.accuracy.value.value(), row["accuracy"], kTolerance);
    EXPECT_NEAR(report.ece.value.value(), row["ece"], kTolerance);
    EXPECT_NEAR(report.brier.value.value(), row["brier"], kTolerance);
    for (std::size_t k = 0; k < 4; ++k) {
      const auto& figures = report.per_class[k];
      EXPECT_NEAR(figures.precision.value.value(), row["precision"][k], kTolerance);
      EXPECT_NEAR(figures.recall.value.value(), row["recall"][k], kTolerance);
      EXPECT_NEAR(figures.f1.value.value(), row["f1"][k], kTolerance);
      EXPECT_NEAR(figures.auroc.value.value(), row["auroc"][k], kTolerance);
      EXPECT_EQ(figures.support, row["support"][k]);
      for (std::size_t j = 0; j < 4; ++j) {
        EXPECT_EQ(report.confusion_matrix.count(k, j), row["confusion"][k][j]);
      }
    }
  }
}

TEST(Golden, LikelihoodAndTemperatureAgreeWithSciPy) {
  for (const auto& row : golden()["classification"]) {
    auto logits = row["probabilities"].get<Rows>();
    for (auto& image : logits) {
      for (auto& value : image) value = std::log(value);
    }
    const auto actual = row["actual"].get<std::vector<std::size_t>>();
    const auto fit = fit_temperature(logits, actual);
    EXPECT_NEAR(fit.nll_before, row["nll"], 1e-10);
    EXPECT_NEAR(fit.temperature, row["temperature"], 1e-5);
  }
}

TEST(Golden, WeightedAurocAgreesWithScikitLearn) {
  const auto& row = golden()["weighted_auroc"];
  const RocRanking ranking(row["scores"], row["positive"].get<std::vector<bool>>());
  EXPECT_NEAR(ranking.auroc(row["weights"].get<std::vector<int32_t>>()).value.value(), row["auroc"],
              kTolerance);
}

TEST(Golden, McNemarAgreesWithSciPysBinomialTest) {
  ASSERT_GE(golden()["mcnemar"].size(), 9u);
  for (const auto& row : golden()["mcnemar"]) {
    EXPECT_NEAR(mcnemar_exact(row[0].get<int64_t>(), row[1].get<int64_t>()).p_value, row[2], 1e-10)
        << row;
  }
}

TEST(Golden, PercentilesAgreeWithNumPy) {
  const auto& row = golden()["percentiles"];
  const auto interval = percentile_interval(row["values"], 0.95).value();
  EXPECT_NEAR(interval.low, row["interval"][0], kTolerance);
  EXPECT_NEAR(interval.high, row["interval"][1], kTolerance);
}

}  // namespace
}  // namespace cxrnet::metrics
