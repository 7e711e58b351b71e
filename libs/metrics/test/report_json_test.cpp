#include "cxrnet/metrics/report_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace cxrnet::metrics {
namespace {

using nlohmann::json;

std::vector<Prediction> two_patients() {
  return {{{0.75, 0.25, 0.0}, 0, "a"}, {{0.25, 0.75, 0.0}, 1, "b"}};
}

const std::vector<std::string> kLabels{"healthy", "viral", "covid19"};

json value_at(const json& document, const char* path) {
  return document.at(json::json_pointer(path));
}

TEST(ReportJson, HasTheContractsFields) {
  const auto document = to_json(evaluate_classification(two_patients(), kLabels));
  EXPECT_EQ(document["n"], 2);
  EXPECT_EQ(document["accuracy"], 1.0);
  EXPECT_EQ(document["confusion_matrix"],
            (json{{"labels", kLabels}, {"counts", {{1, 0, 0}, {0, 1, 0}, {0, 0, 0}}}}));
  EXPECT_EQ(document["calibration"], (json{{"ece", 0.25}, {"brier", 0.125}}));
  EXPECT_EQ(
      document["per_class"]["healthy"],
      (json{{"precision", 1.0}, {"recall", 1.0}, {"f1", 1.0}, {"support", 1}, {"auroc", 1.0}}));
  EXPECT_EQ(document["bootstrap"],
            (json{{"resamples", 2000}, {"confidence", 0.95}, {"seed", 1}, {"groups", 2}}));
}

TEST(ReportJson, PutsIntervalsAtThePathsOfTheirFigures) {
  const auto document = to_json(evaluate_classification(two_patients(), kLabels));
  EXPECT_EQ(document["intervals"]["accuracy"], (json{1.0, 1.0}));
  EXPECT_EQ(value_at(document, "/intervals/per_class/viral/recall"), (json{1.0, 1.0}));
  EXPECT_EQ(value_at(document, "/intervals/calibration/ece"), (json{0.25, 0.25}));
  EXPECT_FALSE(document["intervals"]["per_class"].contains("covid19"));
}

TEST(ReportJson, IsNullWithAReasonWhereUndefined) {
  const auto document = to_json(evaluate_classification(two_patients(), kLabels));
  for (const char* figure : {"precision", "recall", "f1", "auroc"}) {
    EXPECT_TRUE(document["per_class"]["covid19"][figure].is_null()) << figure;
    EXPECT_TRUE(document["undefined"]["per_class"]["covid19"][figure].is_string()) << figure;
  }
  EXPECT_EQ(document["per_class"]["covid19"]["support"], 0);
  EXPECT_FALSE(document["undefined"].contains("accuracy"));

  const auto empty = to_json(evaluate_classification({}, kLabels));
  EXPECT_TRUE(empty["accuracy"].is_null());
  EXPECT_EQ(empty["undefined"]["accuracy"], "no images");
  EXPECT_EQ(empty["intervals"], json::object());
}

TEST(ReportJson, AddsTheSegmentation) {
  const auto segmentation =
      evaluate_segmentation({{.iou = defined(0.5), .dice = defined(0.75), .group = "a"},
                             {.iou = defined(0.5), .dice = defined(0.75), .group = "b"},
                             {.iou = undefined("both masks are empty"),
                              .dice = undefined("both masks are empty"),
                              .group = "c"}});
  const json expected{{"iou", 0.5}, {"dice", 0.75}, {"n", 2}, {"without_overlap", 1}};
  const auto both = to_json(evaluate_classification(two_patients(), kLabels), segmentation);
  EXPECT_EQ(both["segmentation"], expected);
  EXPECT_EQ(both["intervals"]["segmentation"]["dice"], (json{0.75, 0.75}));
  EXPECT_EQ(both["intervals"]["accuracy"], (json{1.0, 1.0}));

  const auto alone = to_json(segmentation);
  EXPECT_EQ(alone["segmentation"], expected);
  EXPECT_FALSE(alone.contains("accuracy"));
  const auto none = to_json(evaluate_segmentation({}));
  EXPECT_TRUE(none["segmentation"]["iou"].is_null());
  EXPECT_TRUE(none["undefined"]["segmentation"]["iou"].is_string());
}

}  // namespace
}  // namespace cxrnet::metrics
