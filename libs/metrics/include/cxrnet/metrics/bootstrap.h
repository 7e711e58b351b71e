// Intervals of confidence by resampling patients: images of one patient are not independent, so
// whole groups are drawn with replacement and every image occurs as often as its group was drawn
// (Efron and Tibshirani 1993, ch. 8, 13).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/metrics/figure.h"

namespace cxrnet::metrics {

struct BootstrapOptions {
  int64_t resamples = 2000;  // draws; more make the ends of an interval steadier and take longer
  double confidence = 0.95;  // share of the draws inside the interval
  int64_t seed = 1;          // equal seeds give equal intervals on every platform

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.resamples, Field{"resamples",
                                "bootstrap draws behind every interval; 0 for no intervals",
                                {.minimum = 0, .maximum = 1e6}});
    visit(self.confidence, Field{"confidence",
                                 "share of the draws that lie inside an interval",
                                 {.maximum = 0.999, .above = 0.0}});
    visit(self.seed, Field{"bootstrap-seed", "seed of the bootstrap draws", {.minimum = 0}});
  }
};

/// Computes figures of a sample in which item i occurs weights[i] times; always the same number of
/// them.
using Measure = std::function<std::vector<Figure>(std::span<const int32_t> weights)>;

/// The figures of the whole sample with percentile intervals. groups[i] names item i's patient. A
/// draw in which a figure is undefined is left out of that figure's interval; there is no interval
/// for an undefined figure, with fewer than two groups, or when less than half of the draws define
/// the figure. Errors: invalid_option; whatever `measure` throws.
std::vector<Estimate> bootstrap(const Measure& measure, const std::vector<std::string>& groups,
                                const BootstrapOptions& options = {});

/// Mean of a − b over the items, with the interval of that difference when patients are resampled
/// in pairs: both sides see the same draw. a[i], b[i]: one figure per image of two models, such as
/// 1 for correct and 0 for wrong. Undefined without items. Errors: invalid_shape when the sizes
/// differ, invalid_option.
Estimate paired_difference(const std::vector<double>& a, const std::vector<double>& b,
                           const std::vector<std::string>& groups,
                           const BootstrapOptions& options = {});

/// The central interval that holds `confidence` of the values, ends interpolated linearly between
/// order statistics (Hyndman and Fan 1996, type 7). Nothing without values.
std::optional<Interval> percentile_interval(std::vector<double> values, double confidence);

/// The number of different names.
int64_t count_groups(const std::vector<std::string>& groups);

}  // namespace cxrnet::metrics
