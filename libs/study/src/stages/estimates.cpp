#include "stages/estimates.h"

#include <cmath>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::study {
namespace {

std::vector<std::string> label_names() { return {nn::kLabels.begin(), nn::kLabels.end()}; }

metrics::Figure mean_f1(const metrics::ConfusionMatrix& counts) {
  double sum = 0.0;
  int64_t classes = 0;
  for (std::size_t label = 0; label < counts.labels().size(); ++label) {
    if (const auto f1 = metrics::f1(counts, label).value) {
      sum += *f1;
      ++classes;
    }
  }
  return metrics::ratio(sum, static_cast<double>(classes), "no test image");
}

}  // namespace

nlohmann::json to_json(const metrics::Estimate& estimate) {
  if (!estimate.value) return undefined_estimate(estimate.undefined);
  nlohmann::json object{{"value", *estimate.value}, {"interval", nullptr}};
  if (estimate.interval) object["interval"] = {estimate.interval->low, estimate.interval->high};
  return object;
}

nlohmann::json undefined_estimate(const std::string& reason) {
  return {{"value", nullptr}, {"interval", nullptr}, {"undefined", reason}};
}

metrics::Estimate mean_estimate(const std::vector<double>& values,
                                const std::vector<std::string>& groups,
                                const metrics::BootstrapOptions& options) {
  if (values.size() != groups.size()) {
    throw Error(ErrorCode::invalid_shape,
                "mean: expected one group per value, got " + std::to_string(groups.size()) +
                    " for " + std::to_string(values.size()) + "; pass columns of the same images");
  }
  std::vector<double> kept;
  std::vector<std::string> kept_groups;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    kept.push_back(values[i]);
    kept_groups.push_back(groups[i]);
  }
  const std::vector<double> zeros(kept.size(), 0.0);
  return metrics::paired_difference(kept, zeros, kept_groups, options);
}

metrics::Estimate macro_f1(const std::vector<metrics::Prediction>& predictions,
                           const metrics::BootstrapOptions& options) {
  std::vector<std::string> groups;
  for (const auto& prediction : predictions) groups.push_back(prediction.group);
  const auto measure = [&](std::span<const int32_t> weights) -> std::vector<metrics::Figure> {
    metrics::ConfusionMatrix counts(label_names());
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      counts.add(static_cast<std::size_t>(predictions[i].actual),
                 metrics::predicted_label(predictions[i].probabilities), weights[i]);
    }
    return {mean_f1(counts)};
  };
  return metrics::bootstrap(measure, groups, options).front();
}

nlohmann::json evaluation_to_json(const std::vector<metrics::Prediction>& predictions,
                                  const metrics::BootstrapOptions& options) {
  const auto report = metrics::evaluate_classification(predictions, label_names(), options);
  nlohmann::json classes = nlohmann::json::array();
  nlohmann::json counts = nlohmann::json::array();
  for (std::size_t label = 0; label < report.per_class.size(); ++label) {
    const auto& figures = report.per_class[label];
    classes.push_back({{"label", figures.label},
                       {"precision", to_json(figures.precision)},
                       {"recall", to_json(figures.recall)},
                       {"f1", to_json(figures.f1)},
                       {"auroc", to_json(figures.auroc)},
                       {"support", figures.support}});
    nlohmann::json row = nlohmann::json::array();
    for (std::size_t other = 0; other < report.per_class.size(); ++other)
      row.push_back(report.confusion_matrix.count(label, other));
    counts.push_back(row);
  }
  return {{"n", report.n},
          {"patients", report.groups},
          {"accuracy", to_json(report.accuracy)},
          {"macro_f1", to_json(macro_f1(predictions, options))},
          {"classes", classes},
          {"labels", label_names()},
          {"counts", counts}};
}

}  // namespace cxrnet::study
