#include "cxrnet/metrics/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {
namespace {

void require_equal_sizes(std::size_t expected, std::size_t got, const char* subject) {
  if (expected == got) return;
  throw Error(ErrorCode::invalid_shape, std::string(subject) + ": expected " +
                                            std::to_string(expected) + " of them, got " +
                                            std::to_string(got) + "; give one per image");
}

// Bin m holds (m / bins, (m + 1) / bins]; the first one holds 0 too.
std::size_t calibration_bin(double confidence) {
  if (!(confidence >= 0.0 && confidence <= 1.0)) {
    throw Error(ErrorCode::invalid_option, "confidence: expected a number from 0 to 1, got " +
                                               std::to_string(confidence) + "; check the model");
  }
  const double upper = std::ceil(confidence * static_cast<double>(kCalibrationBins));
  return upper < 1.0 ? 0 : std::min(static_cast<std::size_t>(upper), kCalibrationBins) - 1;
}

// −log softmax(logits / temperature)[actual], by way of the highest logit so that nothing
// overflows.
double cross_entropy(const std::vector<double>& logits, std::size_t actual, double temperature) {
  if (actual >= logits.size()) {
    throw Error(ErrorCode::invalid_option, "class: expected an index below " +
                                               std::to_string(logits.size()) + ", got " +
                                               std::to_string(actual) + "; check the labels");
  }
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const double logit : logits) sum += std::exp((logit - highest) / temperature);
  return std::log(sum) - (logits[actual] - highest) / temperature;
}

}  // namespace

Figure expected_calibration_error(std::span<const double> confidences,
                                  const std::vector<bool>& correct,
                                  std::span<const int32_t> weights) {
  require_equal_sizes(confidences.size(), correct.size(), "correct");
  require_equal_sizes(confidences.size(), weights.size(), "weights");
  std::array<double, kCalibrationBins> surplus{};  // Σ (confidence − correct) of each bin
  int64_t total = 0;
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    const double gap = confidences[i] - (correct[i] ? 1.0 : 0.0);
    surplus[calibration_bin(confidences[i])] += gap * weights[i];
    total += weights[i];
  }
  double error = 0.0;
  for (const double gap : surplus) error += std::abs(gap);
  return ratio(error, static_cast<double>(total), "no images");
}

Figure expected_calibration_error(std::span<const double> confidences,
                                  const std::vector<bool>& correct) {
  return expected_calibration_error(confidences, correct,
                                    std::vector<int32_t>(confidences.size(), 1));
}

std::vector<CalibrationBin> calibration_bins(std::span<const double> confidences,
                                             const std::vector<bool>& correct) {
  require_equal_sizes(confidences.size(), correct.size(), "correct");
  std::array<int64_t, kCalibrationBins> images{};
  std::array<double, kCalibrationBins> confidence{};
  std::array<double, kCalibrationBins> hits{};
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    const std::size_t bin = calibration_bin(confidences[i]);
    ++images[bin];
    confidence[bin] += confidences[i];
    hits[bin] += correct[i] ? 1.0 : 0.0;
  }
  std::vector<CalibrationBin> bins(kCalibrationBins);
  constexpr auto kWidth = 1.0 / static_cast<double>(kCalibrationBins);
  for (std::size_t bin = 0; bin < kCalibrationBins; ++bin) {
    const auto total = static_cast<double>(images[bin]);
    bins[bin] = {.low = static_cast<double>(bin) * kWidth,
                 .high = static_cast<double>(bin + 1) * kWidth,
                 .images = images[bin],
                 .mean_confidence = ratio(confidence[bin], total, "no images"),
                 .share_correct = ratio(hits[bin], total, "no images")};
  }
  return bins;
}

double brier_score(std::span<const double> probabilities, std::size_t actual) {
  double sum = 0.0;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const double gap = probabilities[i] - (i == actual ? 1.0 : 0.0);
    sum += gap * gap;
  }
  return sum;
}

Figure negative_log_likelihood(const std::vector<std::vector<double>>& logits,
                               const std::vector<std::size_t>& actual, double temperature) {
  require_equal_sizes(logits.size(), actual.size(), "actual");
  if (!(temperature > 0.0)) {
    throw Error(ErrorCode::invalid_option, "temperature: expected a number above 0, got " +
                                               std::to_string(temperature) + "; use 1 for none");
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    sum += cross_entropy(logits[i], actual[i], temperature);
  }
  return ratio(sum, static_cast<double>(logits.size()), "no images");
}

}  // namespace cxrnet::metrics
