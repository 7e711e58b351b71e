#include "cxrnet/metrics/report_json.h"

#include <nlohmann/json.hpp>
#include <string>

namespace cxrnet::metrics {
namespace {

using nlohmann::json;

// Sets a figure at its path; its interval or the reason why it is undefined go to the same path
// under `intervals` or `undefined`.
void set_figure(json& document, const json::json_pointer& path, const Estimate& estimate) {
  document[path] = estimate.value ? json(*estimate.value) : json();
  if (estimate.interval) {
    document["intervals"][path] = {estimate.interval->low, estimate.interval->high};
  }
  if (!estimate.value) document["undefined"][path] = estimate.undefined;
}

json confusion_to_json(const ConfusionMatrix& matrix) {
  json counts = json::array();
  for (std::size_t actual = 0; actual < matrix.labels().size(); ++actual) {
    json row = json::array();
    for (std::size_t predicted = 0; predicted < matrix.labels().size(); ++predicted) {
      row.push_back(matrix.count(actual, predicted));
    }
    counts.push_back(std::move(row));
  }
  return {{"labels", matrix.labels()}, {"counts", std::move(counts)}};
}

void set_segmentation(json& document, const SegmentationReport& report) {
  const json::json_pointer path("/segmentation");
  document["segmentation"] = {{"n", report.n}, {"without_overlap", report.without_overlap}};
  set_figure(document, path / "iou", report.iou);
  set_figure(document, path / "dice", report.dice);
}

json empty_document() { return {{"intervals", json::object()}, {"undefined", json::object()}}; }

}  // namespace

json to_json(const ClassificationReport& report) {
  json document = empty_document();
  const json::json_pointer root;
  document["n"] = report.n;
  set_figure(document, root / "accuracy", report.accuracy);
  set_figure(document, root / "calibration" / "ece", report.ece);
  set_figure(document, root / "calibration" / "brier", report.brier);
  document["per_class"] = json::object();
  for (const auto& figures : report.per_class) {
    const auto path = root / "per_class" / figures.label;
    document[path / "support"] = figures.support;
    set_figure(document, path / "precision", figures.precision);
    set_figure(document, path / "recall", figures.recall);
    set_figure(document, path / "f1", figures.f1);
    set_figure(document, path / "auroc", figures.auroc);
  }
  document["confusion_matrix"] = confusion_to_json(report.confusion_matrix);
  document["bootstrap"] = {{"resamples", report.bootstrap.resamples},
                           {"confidence", report.bootstrap.confidence},
                           {"seed", report.bootstrap.seed},
                           {"groups", report.groups}};
  return document;
}

json to_json(const SegmentationReport& segmentation) {
  json document = empty_document();
  set_segmentation(document, segmentation);
  return document;
}

json to_json(const ClassificationReport& report, const SegmentationReport& segmentation) {
  json document = to_json(report);
  set_segmentation(document, segmentation);
  return document;
}

}  // namespace cxrnet::metrics
