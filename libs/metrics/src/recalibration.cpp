#include "cxrnet/metrics/recalibration.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/metrics/calibration.h"

namespace cxrnet::metrics {
namespace {

constexpr double kLogTemperatureTolerance = 1e-6;
constexpr int kNewtonSteps = 50;
constexpr double kNewtonTolerance = 1e-13;  // of the objective
constexpr double kLeastStep = 1e-6;

void require_table(const std::vector<std::vector<double>>& logits) {
  if (logits.empty()) {
    throw Error(ErrorCode::empty_input,
                "calibration: expected at least one image, got none; name a split that has some");
  }
  for (const auto& image : logits) {
    if (image.size() == logits.front().size()) continue;
    throw Error(ErrorCode::invalid_shape, "logits: expected " +
                                              std::to_string(logits.front().size()) +
                                              " classes for every image, got " +
                                              std::to_string(image.size()) + "; check the model");
  }
}

// Where a function with one valley between `low` and `high` is lowest (Kiefer 1953); the left one
// of two equal points wins, so that a flat start is walked back to its beginning.
template <class Function>
double golden_section_minimum(const Function& function, double low, double high, double tolerance) {
  constexpr double kShrink = 1.0 / std::numbers::phi;
  double left = high - kShrink * (high - low);
  double right = low + kShrink * (high - low);
  double at_left = function(left);
  double at_right = function(right);
  while (high - low > tolerance) {
    if (at_left <= at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - kShrink * (high - low);
      at_left = function(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + kShrink * (high - low);
      at_right = function(right);
    }
  }
  return (low + high) / 2.0;
}

// The temperature at which `objective`, a function of it with one valley, is lowest.
template <class Function>
TemperatureFit search_temperature(const Function& objective) {
  const double lowest = std::log(kMinTemperature);
  const double highest = std::log(kMaxTemperature);
  const double best = golden_section_minimum(
      [&](double log_temperature) { return objective(std::exp(log_temperature)); }, lowest, highest,
      kLogTemperatureTolerance);
  const double to_limit = std::min(best - lowest, highest - best);
  return {.temperature = std::exp(best), .at_limit = to_limit < 2.0 * kLogTemperatureTolerance};
}

// x of the symmetric positive definite system matrix · x = right, by Gaussian elimination.
std::vector<double> solve(std::vector<std::vector<double>> matrix, std::vector<double> right) {
  const std::size_t size = right.size();
  for (std::size_t pivot = 0; pivot < size; ++pivot) {
    for (std::size_t row = pivot + 1; row < size; ++row) {
      const double factor = matrix[row][pivot] / matrix[pivot][pivot];
      for (std::size_t k = pivot; k < size; ++k) matrix[row][k] -= factor * matrix[pivot][k];
      right[row] -= factor * right[pivot];
    }
  }
  for (std::size_t row = size; row-- > 0;) {
    for (std::size_t k = row + 1; k < size; ++k) right[row] -= matrix[row][k] * right[k];
    right[row] /= matrix[row][row];
  }
  return right;
}

std::vector<double> softmax(std::vector<double> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (double& logit : logits) sum += logit = std::exp(logit - highest);
  for (double& logit : logits) logit /= sum;
  return logits;
}

// Logits at one temperature, whose offsets are sought.
class OffsetProblem {
 public:
  OffsetProblem(std::vector<std::vector<double>> logits, const std::vector<std::size_t>& actual,
                double temperature)
      : logits_(std::move(logits)), actual_(actual), images_(logits_.front().size(), 0) {
    for (auto& image : logits_) {
      for (double& logit : image) logit /= temperature;
    }
    for (const auto label : actual_) ++images_[label];
  }

  double nll(const std::vector<double>& offsets) const {
    auto logits = logits_;
    for (auto& image : logits) add(offsets, image);
    return negative_log_likelihood(logits, actual_).value.value();
  }

  // The likelihood and the offsets' prior, as a mean over the images.
  double objective(const std::vector<double>& offsets) const {
    const double squares = std::inner_product(offsets.begin(), offsets.end(), offsets.begin(), 0.0);
    return nll(offsets) + squares / 2.0 / static_cast<double>(logits_.size());
  }

  // Newton's method, each step halved until it gains.
  std::vector<double> solution(std::vector<double> offsets) const {
    double value = objective(offsets);
    for (int step = 0; step < kNewtonSteps; ++step) {
      const auto change = newton_step(offsets);
      double gain = 0.0;
      for (double scale = 1.0; scale > kLeastStep && gain <= 0.0; scale /= 2.0) {
        auto tried = offsets;
        for (std::size_t k = 0; k < tried.size(); ++k) tried[k] -= scale * change[k];
        gain = value - objective(tried);
        if (gain > 0.0) offsets = std::move(tried);
      }
      value -= std::max(0.0, gain);
      if (gain < kNewtonTolerance) break;
    }
    return offsets;
  }

 private:
  static void add(const std::vector<double>& offsets, std::vector<double>& logits) {
    for (std::size_t k = 0; k < logits.size(); ++k) logits[k] += offsets[k];
  }

  // curvature⁻¹ · gradient of the objective, both times the images; 0 for classes without images.
  std::vector<double> newton_step(const std::vector<double>& offsets) const {
    const std::size_t classes = offsets.size();
    std::vector<double> gradient(classes, 0.0);
    std::vector<std::vector<double>> curvature(classes, std::vector<double>(classes, 0.0));
    for (auto image : logits_) {
      add(offsets, image);
      const auto p = softmax(std::move(image));
      for (std::size_t k = 0; k < classes; ++k) {
        gradient[k] += p[k];
        curvature[k][k] += p[k];
        for (std::size_t l = 0; l < classes; ++l) curvature[k][l] -= p[k] * p[l];
      }
    }
    for (std::size_t k = 0; k < classes; ++k) {
      gradient[k] += offsets[k] - static_cast<double>(images_[k]);
      curvature[k][k] += 1.0;
      if (images_[k] > 0) continue;
      gradient[k] = 0.0;
      for (std::size_t l = 0; l < classes; ++l)
        curvature[k][l] = curvature[l][k] = k == l ? 1.0 : 0.0;
    }
    return solve(std::move(curvature), std::move(gradient));
  }

  std::vector<std::vector<double>> logits_;
  const std::vector<std::size_t>& actual_;
  std::vector<int64_t> images_;  // of each class
};

// Moves the offsets of the classes that occur to a mean of 0, where the prior leaves them but for
// classes that do not occur, and which these would else be pushed down by.
void centre(std::vector<double>& offsets, const std::vector<std::size_t>& actual) {
  const std::set<std::size_t> seen(actual.begin(), actual.end());
  double sum = 0.0;
  for (const auto label : seen) sum += offsets[label];
  for (const auto label : seen) offsets[label] -= sum / static_cast<double>(seen.size());
}

}  // namespace

TemperatureFit fit_temperature(const std::vector<std::vector<double>>& logits,
                               const std::vector<std::size_t>& actual) {
  require_table(logits);
  const auto nll = [&](double temperature) {
    return negative_log_likelihood(logits, actual, temperature).value.value();
  };
  auto fit = search_temperature(nll);
  fit.nll_before = nll(1.0);
  fit.nll_after = nll(fit.temperature);
  return fit;
}

BiasCorrectedFit fit_bias_corrected_temperature(const std::vector<std::vector<double>>& logits,
                                                const std::vector<std::size_t>& actual) {
  require_table(logits);
  const double nll_before = negative_log_likelihood(logits, actual).value.value();
  BiasCorrectedFit fit;
  fit.offsets.assign(logits.front().size(), 0.0);
  fit.scaling = search_temperature([&](double temperature) {
    const OffsetProblem problem(logits, actual, temperature);
    fit.offsets = problem.solution(std::move(fit.offsets));  // the last ones: a start near the end
    return problem.objective(fit.offsets);
  });
  const OffsetProblem problem(logits, actual, fit.scaling.temperature);
  fit.offsets = problem.solution(std::move(fit.offsets));
  centre(fit.offsets, actual);
  fit.scaling.nll_before = nll_before;
  fit.scaling.nll_after = problem.nll(fit.offsets);
  return fit;
}

}  // namespace cxrnet::metrics
