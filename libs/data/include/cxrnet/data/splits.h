// Splitting a data set in a training and a test side. Whether a split puts one patient on both:
// leaks.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"

namespace cxrnet::data {

enum class Side { train, test };

/// The paper's split: random within each label, whatever the patient. Of each label round(n ·
/// test_fraction) rows are test. The same seed gives the same split on every platform. Errors:
/// invalid_option unless 0 ≤ test_fraction ≤ 1.
std::vector<Side> random_stratified_split(const std::vector<std::string>& labels,
                                          double test_fraction, uint64_t seed);

/// A split that keeps each group (patient) on one side. Greedy: largest groups first, ties in
/// seeded random order, each to the side that keeps the label proportions of both sides closest to
/// `test_fraction`. Errors: invalid_option unless 0 ≤ test_fraction ≤ 1; invalid_shape when the
/// lengths differ.
std::vector<Side> patient_grouped_split(const std::vector<std::string>& labels,
                                        const std::vector<std::string>& groups,
                                        double test_fraction, uint64_t seed);

/// At most `count` of `indices`, spread evenly over them, in order.
std::vector<std::size_t> spread_evenly(const std::vector<std::size_t>& indices, int64_t count);

/// Indices cut in two.
struct HoldOut {
  std::vector<std::size_t> kept, held_out;
};

/// Cuts a validation part of about `fraction` from `indices`, by group and stratified, for early
/// stopping. `groups` and `labels` describe the whole data set; the order of `indices` is kept.
/// Errors: as patient_grouped_split.
HoldOut hold_out_groups(const std::vector<std::size_t>& indices,
                        const std::vector<std::string>& groups,
                        const std::vector<std::string>& labels, double fraction, uint64_t seed);

}  // namespace cxrnet::data

template <>
struct cxrnet::EnumNames<cxrnet::data::Side> {
  static constexpr std::array<std::pair<data::Side, std::string_view>, 2> values{
      {{data::Side::train, "train"}, {data::Side::test, "test"}}};
};
