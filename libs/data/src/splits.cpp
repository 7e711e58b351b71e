#include "cxrnet/data/splits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"

namespace cxrnet::data {
namespace {

void require_fraction(double fraction) {
  if (fraction >= 0.0 && fraction <= 1.0) return;
  throw Error(ErrorCode::invalid_option, "test fraction: expected 0 to 1, got " +
                                             std::to_string(fraction) +
                                             "; give the part on the test side");
}

void require_same_length(std::size_t expected, std::size_t got, const char* subject) {
  if (expected == got) return;
  throw Error(ErrorCode::invalid_shape, std::string(subject) + ": expected " +
                                            std::to_string(expected) +
                                            " values, one per row, got " + std::to_string(got) +
                                            "; pass columns of the same rows");
}

std::map<std::string, std::vector<std::size_t>> rows_by(const std::vector<std::string>& keys) {
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < keys.size(); ++i) rows[keys[i]].push_back(i);
  return rows;
}

// How many rows of each label, and how many of them each side holds so far.
class LabelBalance {
 public:
  LabelBalance(const std::vector<std::string>& labels, double test_fraction)
      : fractions_{1.0 - test_fraction, test_fraction} {
    for (const auto& label : labels) ++totals_[label];
  }

  // How far the two sides would be from equally full, summed over labels, were `group` added to
  // `side`.
  double imbalance_with(const std::map<std::string, double>& group, Side side) const {
    double sum = 0.0;
    for (const auto& [label, count] : group) {
      std::array<double, 2> fill{};
      for (const Side each : {Side::train, Side::test}) {
        const auto held = held_[index(each)].find(label);
        const double rows =
            (held == held_[index(each)].end() ? 0.0 : held->second) + (each == side ? count : 0.0);
        fill[index(each)] = rows / (fractions_[index(each)] * totals_.at(label));
      }
      sum += (fill[0] - fill[1]) * (fill[0] - fill[1]);
    }
    return sum;
  }

  void add(const std::map<std::string, double>& group, Side side) {
    for (const auto& [label, count] : group) held_[index(side)][label] += count;
  }

 private:
  static std::size_t index(Side side) { return side == Side::test ? 1 : 0; }

  std::array<double, 2> fractions_;
  std::map<std::string, double> totals_;
  std::array<std::map<std::string, double>, 2> held_;
};

// The groups' rows, largest first, equally large ones in random order.
std::vector<std::vector<std::size_t>> largest_first(const std::vector<std::string>& groups,
                                                    uint64_t seed) {
  const auto by_group = rows_by(groups);
  std::vector<std::vector<std::size_t>> sorted;
  sorted.reserve(by_group.size());
  for (const auto& [name, rows] : by_group) sorted.push_back(rows);
  std::vector<std::vector<std::size_t>> shuffled;
  for (const std::size_t i : Random(seed).permutation(sorted.size()))
    shuffled.push_back(std::move(sorted[i]));
  std::stable_sort(shuffled.begin(), shuffled.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return shuffled;
}

}  // namespace

std::vector<Side> random_stratified_split(const std::vector<std::string>& labels,
                                          double test_fraction, uint64_t seed) {
  require_fraction(test_fraction);
  std::vector<Side> sides(labels.size(), Side::train);
  uint64_t stratum = 0;
  for (const auto& [label, rows] : rows_by(labels)) {
    const auto test_rows =
        static_cast<std::size_t>(std::llround(test_fraction * static_cast<double>(rows.size())));
    const auto order = Random(derive_seed({seed, stratum++})).permutation(rows.size());
    for (std::size_t i = 0; i < test_rows; ++i) sides[rows[order[i]]] = Side::test;
  }
  return sides;
}

std::vector<Side> patient_grouped_split(const std::vector<std::string>& labels,
                                        const std::vector<std::string>& groups,
                                        double test_fraction, uint64_t seed) {
  require_fraction(test_fraction);
  require_same_length(labels.size(), groups.size(), "groups");
  if (test_fraction == 0.0) return std::vector<Side>(labels.size(), Side::train);
  if (test_fraction == 1.0) return std::vector<Side>(labels.size(), Side::test);
  std::vector<Side> sides(labels.size());
  LabelBalance balance(labels, test_fraction);
  for (const auto& rows : largest_first(groups, seed)) {
    std::map<std::string, double> counts;
    for (const std::size_t row : rows) ++counts[labels[row]];
    const bool test_is_better =
        balance.imbalance_with(counts, Side::test) < balance.imbalance_with(counts, Side::train);
    const Side side = test_is_better ? Side::test : Side::train;
    balance.add(counts, side);
    for (const std::size_t row : rows) sides[row] = side;
  }
  return sides;
}

std::vector<std::size_t> spread_evenly(const std::vector<std::size_t>& indices, int64_t count) {
  const auto wanted =
      std::min(indices.size(), static_cast<std::size_t>(std::max<int64_t>(0, count)));
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(indices[i * indices.size() / wanted]);
  return chosen;
}

HoldOut hold_out_groups(const std::vector<std::size_t>& indices,
                        const std::vector<std::string>& groups,
                        const std::vector<std::string>& labels, double fraction, uint64_t seed) {
  std::vector<std::string> own_groups, own_labels;
  for (const std::size_t index : indices) {
    own_groups.push_back(groups.at(index));
    own_labels.push_back(labels.at(index));
  }
  const auto sides = patient_grouped_split(own_labels, own_groups, fraction, seed);
  HoldOut result;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    (sides[i] == Side::test ? result.held_out : result.kept).push_back(indices[i]);
  }
  return result;
}

}  // namespace cxrnet::data
