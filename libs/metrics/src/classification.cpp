#include "cxrnet/metrics/classification.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "cxrnet/core/error.h"
#include "cxrnet/metrics/calibration.h"
#include "cxrnet/metrics/roc.h"

namespace cxrnet::metrics {
namespace {

constexpr double kProbabilitySumTolerance = 1e-3;

void check_prediction(const Prediction& prediction, std::size_t labels) {
  const auto& probabilities = prediction.probabilities;
  if (probabilities.size() != labels) {
    throw Error(ErrorCode::invalid_shape,
                "probabilities: expected one for each of " + std::to_string(labels) +
                    " labels, got " + std::to_string(probabilities.size()) + "; check the labels");
  }
  if (prediction.actual < 0 || static_cast<std::size_t>(prediction.actual) >= labels) {
    throw Error(ErrorCode::invalid_option,
                "actual label: expected an index below " + std::to_string(labels) + ", got " +
                    std::to_string(prediction.actual) + "; check the labels");
  }
  const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  const bool in_range = std::all_of(probabilities.begin(), probabilities.end(),
                                    [](double p) { return p >= 0.0 && p <= 1.0; });
  if (!in_range || std::abs(sum - 1.0) > kProbabilitySumTolerance) {
    throw Error(ErrorCode::invalid_option,
                "probabilities: expected numbers from 0 to 1 with sum 1, got sum " +
                    std::to_string(sum) + "; apply softmax to logits first");
  }
}

// What every resample needs of the predictions, computed once.
class Evaluator {
 public:
  Evaluator(const std::vector<Prediction>& predictions, const std::vector<std::string>& labels)
      : labels_(labels) {
    for (const auto& prediction : predictions) add(prediction);
    for (std::size_t label = 0; label < labels.size(); ++label) {
      rankings_.push_back(rank(predictions, label));
    }
  }

  ConfusionMatrix confusion_matrix(std::span<const int32_t> weights) const {
    ConfusionMatrix matrix(labels_);
    for (std::size_t i = 0; i < actual_.size(); ++i) {
      matrix.add(actual_[i], predicted_[i], weights[i]);
    }
    return matrix;
  }

  // Accuracy, calibration error, Brier score, then precision, recall, F1 and AUROC of every label:
  // the order in which `estimates_of` lists the report's fields.
  std::vector<Figure> measure(std::span<const int32_t> weights) const {
    const auto matrix = confusion_matrix(weights);
    const double brier = std::inner_product(brier_.begin(), brier_.end(), weights.begin(), 0.0);
    std::vector<Figure> figures{accuracy(matrix),
                                expected_calibration_error(confidence_, correct_, weights),
                                ratio(brier, static_cast<double>(matrix.total()), "no images")};
    for (std::size_t label = 0; label < labels_.size(); ++label) {
      figures.push_back(precision(matrix, label));
      figures.push_back(recall(matrix, label));
      figures.push_back(f1(matrix, label));
      figures.push_back(rankings_[label].auroc(weights));
    }
    return figures;
  }

  std::vector<CalibrationBin> reliability() const {
    return calibration_bins(confidence_, correct_);
  }

 private:
  void add(const Prediction& prediction) {
    check_prediction(prediction, labels_.size());
    const auto actual = static_cast<std::size_t>(prediction.actual);
    const std::size_t predicted = predicted_label(prediction.probabilities);
    actual_.push_back(actual);
    predicted_.push_back(predicted);
    correct_.push_back(actual == predicted);
    confidence_.push_back(prediction.probabilities[predicted]);
    brier_.push_back(brier_score(prediction.probabilities, actual));
  }

  static RocRanking rank(const std::vector<Prediction>& predictions, std::size_t label) {
    std::vector<double> scores;
    std::vector<bool> positive;
    for (const auto& prediction : predictions) {
      scores.push_back(prediction.probabilities[label]);
      positive.push_back(static_cast<std::size_t>(prediction.actual) == label);
    }
    return {scores, positive};
  }

  std::vector<std::string> labels_;
  std::vector<std::size_t> actual_, predicted_;
  std::vector<bool> correct_;
  std::vector<double> confidence_, brier_;
  std::vector<RocRanking> rankings_;
};

std::vector<Estimate*> estimates_of(ClassificationReport& report) {
  std::vector<Estimate*> fields{&report.accuracy, &report.ece, &report.brier};
  for (auto& figures : report.per_class) {
    fields.insert(fields.end(), {&figures.precision, &figures.recall, &figures.f1, &figures.auroc});
  }
  return fields;
}

}  // namespace

std::size_t predicted_label(const std::vector<double>& probabilities) {
  if (probabilities.empty()) {
    throw Error(ErrorCode::invalid_shape,
                "probabilities: expected at least one, got none; check the labels");
  }
  const auto highest = std::max_element(probabilities.begin(), probabilities.end());
  return static_cast<std::size_t>(highest - probabilities.begin());
}

ClassificationReport evaluate_classification(const std::vector<Prediction>& predictions,
                                             const std::vector<std::string>& labels,
                                             const BootstrapOptions& options) {
  const Evaluator evaluator(predictions, labels);
  std::vector<std::string> groups;
  groups.reserve(predictions.size());
  for (const auto& prediction : predictions) groups.push_back(prediction.group);

  ClassificationReport report;
  report.n = static_cast<int64_t>(predictions.size());
  report.groups = count_groups(groups);
  report.confusion_matrix = evaluator.confusion_matrix(std::vector<int32_t>(predictions.size(), 1));
  report.reliability = evaluator.reliability();
  report.bootstrap = options;
  for (std::size_t label = 0; label < labels.size(); ++label) {
    auto& figures = report.per_class.emplace_back();
    figures.label = labels[label];
    figures.support = report.confusion_matrix.actual_total(label);
  }
  const auto estimates =
      bootstrap([&](auto weights) { return evaluator.measure(weights); }, groups, options);
  const auto fields = estimates_of(report);
  for (std::size_t i = 0; i < fields.size(); ++i) *fields[i] = estimates[i];
  return report;
}

}  // namespace cxrnet::metrics
