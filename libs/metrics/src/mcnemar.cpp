#include "cxrnet/metrics/mcnemar.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {
namespace {

struct Tail {
  double at_most;    // P(X <= most)
  double just_that;  // P(X = most)
};

// X ~ Binomial(trials, 1/2), most <= trials / 2: the largest term in logarithms, the others from
// it.
Tail lower_tail(int64_t most, int64_t trials) {
  double log_term = -static_cast<double>(trials) * std::numbers::ln2;
  for (int64_t i = 1; i <= most; ++i) {
    log_term += std::log(static_cast<double>(trials - i + 1) / static_cast<double>(i));
  }
  const double largest = std::exp(log_term);
  double term = largest, sum = 0.0;
  for (int64_t i = most; i >= 0; --i) {
    sum += term;
    term *= static_cast<double>(i) / static_cast<double>(trials - i + 1);
  }
  return {.at_most = sum, .just_that = largest};
}

}  // namespace

McNemarResult mcnemar_exact(int64_t only_first_correct, int64_t only_second_correct) {
  const auto [fewer, more] = std::minmax(only_first_correct, only_second_correct);
  if (fewer < 0) {
    throw Error(ErrorCode::invalid_option, "discordant images: expected a count, got " +
                                               std::to_string(fewer) + "; count them again");
  }
  const auto tail = lower_tail(fewer, fewer + more);
  const double p_value = std::min(1.0, 2.0 * tail.at_most);
  const bool differ = fewer + more > 0;
  const double less = fewer == more ? tail.just_that / 2.0 : tail.just_that;
  return {.only_first_correct = only_first_correct,
          .only_second_correct = only_second_correct,
          .p_value = p_value,
          .mid_p_value = differ ? p_value - less : 1.0};
}

McNemarResult mcnemar_exact(const std::vector<bool>& first_correct,
                            const std::vector<bool>& second_correct) {
  if (first_correct.size() != second_correct.size()) {
    throw Error(ErrorCode::invalid_shape,
                "answers: expected " + std::to_string(first_correct.size()) + ", got " +
                    std::to_string(second_correct.size()) + "; evaluate both on the same images");
  }
  int64_t only_first = 0, only_second = 0;
  for (std::size_t i = 0; i < first_correct.size(); ++i) {
    only_first += first_correct[i] && !second_correct[i];
    only_second += second_correct[i] && !first_correct[i];
  }
  return mcnemar_exact(only_first, only_second);
}

}  // namespace cxrnet::metrics
