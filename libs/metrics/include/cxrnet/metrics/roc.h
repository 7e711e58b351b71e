// The receiver operating characteristic of one class against the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cxrnet/metrics/figure.h"

namespace cxrnet::metrics {

/// The items of one class against the rest, sorted by score once, so that each resample costs a
/// single pass.
class RocRanking {
 public:
  /// scores[i]: higher means more likely positive. Errors: invalid_shape when the sizes differ,
  /// invalid_option when a score is NaN.
  RocRanking(const std::vector<double>& scores, const std::vector<bool>& positive);

  /// Area under the curve when item i occurs weights[i] times: the probability that a positive
  /// scores above a negative, ties counting one half (Mann and Whitney 1947). Undefined when either
  /// side is absent.
  Figure auroc(std::span<const int32_t> weights) const;

 private:
  struct Item {
    std::size_t index;
    bool positive;
    bool tied;  // has the score of the item before it
  };
  std::vector<Item> ascending_;
};

/// Area under the curve, each item counted once. Errors and undefined cases as RocRanking's.
Figure auroc(const std::vector<double>& scores, const std::vector<bool>& positive);

/// One operating point: what is called positive at `score >= threshold`.
struct RocPoint {
  double threshold;
  double false_positive_rate;
  double true_positive_rate;
};

/// The curve from (0, 0), threshold infinity, to (1, 1), one point per distinct score; empty when
/// either side is absent. Errors: as RocRanking's constructor.
std::vector<RocPoint> roc_curve(const std::vector<double>& scores,
                                const std::vector<bool>& positive);

}  // namespace cxrnet::metrics
