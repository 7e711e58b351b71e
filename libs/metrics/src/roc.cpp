#include "cxrnet/metrics/roc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {
namespace {

void check_scores(const std::vector<double>& scores, const std::vector<bool>& positive) {
  if (scores.size() != positive.size()) {
    throw Error(ErrorCode::invalid_shape, "scores: expected " + std::to_string(positive.size()) +
                                              " of them, got " + std::to_string(scores.size()) +
                                              "; give one per item");
  }
  if (std::any_of(scores.begin(), scores.end(), [](double score) { return std::isnan(score); })) {
    throw Error(ErrorCode::invalid_option, "scores: expected numbers, got NaN; check the model");
  }
}

// Indices from the lowest to the highest score.
std::vector<std::size_t> ascending_order(const std::vector<double>& scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  return order;
}

}  // namespace

RocRanking::RocRanking(const std::vector<double>& scores, const std::vector<bool>& positive) {
  check_scores(scores, positive);
  ascending_.reserve(scores.size());
  double previous = std::numeric_limits<double>::quiet_NaN();
  for (const std::size_t index : ascending_order(scores)) {
    ascending_.push_back(
        {.index = index, .positive = positive[index], .tied = scores[index] == previous});
    previous = scores[index];
  }
}

Figure RocRanking::auroc(std::span<const int32_t> weights) const {
  int64_t positives = 0, negatives = 0;             // scored at or below the current item
  int64_t negatives_below = 0, tied_positives = 0;  // below the current score; at it
  int64_t doubled_wins = 0;  // twice the won pairs, so that a tie is a whole number
  const auto close_tie = [&] {
    doubled_wins += tied_positives * (negatives + negatives_below);
    negatives_below = negatives;
    tied_positives = 0;
  };
  for (const Item& item : ascending_) {
    if (!item.tied) close_tie();
    const int64_t weight = weights[item.index];
    if (item.positive) {
      positives += weight;
      tied_positives += weight;
    } else {
      negatives += weight;
    }
  }
  close_tie();
  if (positives == 0) return undefined("no image of this class in the data");
  if (negatives == 0) return undefined("no image of another class in the data");
  return defined(static_cast<double>(doubled_wins) /
                 (2.0 * static_cast<double>(positives) * static_cast<double>(negatives)));
}

Figure auroc(const std::vector<double>& scores, const std::vector<bool>& positive) {
  return RocRanking(scores, positive).auroc(std::vector<int32_t>(scores.size(), 1));
}

std::vector<RocPoint> roc_curve(const std::vector<double>& scores,
                                const std::vector<bool>& positive) {
  check_scores(scores, positive);
  const auto positives = static_cast<double>(std::count(positive.begin(), positive.end(), true));
  const double negatives = static_cast<double>(positive.size()) - positives;
  if (positives == 0.0 || negatives == 0.0) return {};

  std::vector<RocPoint> curve{{std::numeric_limits<double>::infinity(), 0.0, 0.0}};
  const auto order = ascending_order(scores);
  double called_positives = 0.0, called_negatives = 0.0;
  for (auto index = order.rbegin(); index != order.rend(); ++index) {
    (positive[*index] ? called_positives : called_negatives) += 1.0;
    const auto next = std::next(index);
    if (next != order.rend() && scores[*next] == scores[*index]) continue;
    curve.push_back({scores[*index], called_negatives / negatives, called_positives / positives});
  }
  return curve;
}

}  // namespace cxrnet::metrics
