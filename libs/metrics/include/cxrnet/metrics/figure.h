// What every metric returns: a number, or the reason why there is none.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace cxrnet::metrics {

/// A measured value. A metric that is undefined says so with its reason; it is neither 0 nor NaN.
struct Figure {
  std::optional<double> value;
  std::string undefined;  ///< why there is no value; empty when there is one
};

/// An interval of confidence, both ends included.
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// A figure with its interval. The interval is absent where resampling cannot give one (see
/// bootstrap.h).
struct Estimate : Figure {
  std::optional<Interval> interval;
};

/// A figure with a value.
inline Figure defined(double value) { return {.value = value, .undefined = {}}; }

/// A figure without one.
inline Figure undefined(std::string reason) {
  return {.value = std::nullopt, .undefined = std::move(reason)};
}

/// numerator / denominator, or undefined for that reason when the denominator is zero.
inline Figure ratio(double numerator, double denominator, const char* reason) {
  return denominator == 0.0 ? undefined(reason) : defined(numerator / denominator);
}

}  // namespace cxrnet::metrics
