#include "cxrnet/data/splits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "cxrnet/core/random.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/manifest.h"
#include "expect_error.h"
#include "shared_data.h"

namespace cxrnet::data {
namespace {

using enum Side;

struct LabelledGroups {
  std::vector<std::string> labels, groups;
};

// Like cxr4: four labels of unlike size, most patients with one image, some with many.
LabelledGroups synthetic_patients(uint64_t seed) {
  const std::pair<const char*, std::size_t> sizes[] = {
      {"bacterial", 700}, {"covid19", 240}, {"healthy", 380}, {"viral", 370}};
  Random random(seed);
  LabelledGroups result;
  for (const auto& [label, size] : sizes) {
    for (std::size_t i = 0, patient = 0; i < size; ++patient) {
      const std::size_t images =
          random.uniform() < 0.1 ? 1 + random.index(20) : 1 + random.index(3);
      for (std::size_t k = 0; k < images && i < size; ++k, ++i) {
        result.labels.emplace_back(label);
        result.groups.push_back(label + std::to_string(patient));
      }
    }
  }
  return result;
}

std::vector<std::string> as_cells(const std::vector<Side>& sides) {
  std::vector<std::string> cells;
  for (const auto side : sides) cells.emplace_back(to_string(side));
  return cells;
}

std::map<std::string, double> test_fractions(const std::vector<std::string>& labels,
                                             const std::vector<Side>& sides) {
  std::map<std::string, double> total, held;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    total[labels[i]] += 1.0;
    held[labels[i]] += sides[i] == test ? 1.0 : 0.0;
  }
  for (auto& [label, count] : held) count /= total[label];
  return held;
}

TEST(RandomStratifiedSplit, RoundsWithinEachLabel) {
  const std::vector<std::string> labels{"a", "b", "a", "a", "b", "a",
                                        "a", "c", "a", "a", "a", "a"};  // 9 a, 2 b, 1 c
  const auto sides = random_stratified_split(labels, 0.25, 3);
  std::map<std::string, int> held;
  for (std::size_t i = 0; i < labels.size(); ++i) held[labels[i]] += sides[i] == test;
  EXPECT_EQ(held["a"], 2);  // round(2.25)
  EXPECT_EQ(held["b"], 1);  // round(0.5), half away from zero
  EXPECT_EQ(held["c"], 0);  // round(0.25)
}

TEST(RandomStratifiedSplit, SeedDecides) {
  const auto data = synthetic_patients(1);
  EXPECT_EQ(random_stratified_split(data.labels, 0.2, 5),
            random_stratified_split(data.labels, 0.2, 5));
  EXPECT_NE(random_stratified_split(data.labels, 0.2, 5),
            random_stratified_split(data.labels, 0.2, 6));
}

TEST(PatientGroupedSplit, KeepsGroupsWholeAndProportionsClose) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (const double fraction : {0.1, 0.2, 0.5}) {
      const auto data = synthetic_patients(seed);
      const auto sides = patient_grouped_split(data.labels, data.groups, fraction, seed);
      EXPECT_TRUE(find_leaks(data.groups, as_cells(sides)).empty());
      for (const auto& [label, held] : test_fractions(data.labels, sides)) {
        EXPECT_NEAR(held, fraction, 0.015) << label << ", seed " << seed;
      }
    }
  }
}

TEST(PatientGroupedSplit, PutsAGroupLargerThanTheTestSideInTrain) {
  std::vector<std::string> labels(100, "viral"), groups;
  for (int i = 0; i < 100; ++i) groups.push_back(i < 60 ? "hospital" : "p" + std::to_string(i));
  const auto sides = patient_grouped_split(labels, groups, 0.2, 0);
  EXPECT_EQ(sides[0], train);
  EXPECT_EQ(std::count(sides.begin(), sides.end(), test), 20);
}

TEST(PatientGroupedSplit, BalancesPatientsWithSeveralLabels) {
  std::vector<std::string> labels, groups;
  for (int patient = 0; patient < 50; ++patient) {
    for (const char* label : {"viral", "covid19"}) {
      labels.emplace_back(label);
      groups.push_back(std::to_string(patient));
    }
  }
  const auto sides = patient_grouped_split(labels, groups, 0.2, 1);
  EXPECT_EQ(std::count(sides.begin(), sides.end(), test), 20);
  EXPECT_TRUE(find_leaks(groups, as_cells(sides)).empty());
}

TEST(PatientGroupedSplit, SeedDecidesAndExtremesAreWhole) {
  const auto data = synthetic_patients(2);
  EXPECT_EQ(patient_grouped_split(data.labels, data.groups, 0.2, 5),
            patient_grouped_split(data.labels, data.groups, 0.2, 5));
  EXPECT_NE(patient_grouped_split(data.labels, data.groups, 0.2, 5),
            patient_grouped_split(data.labels, data.groups, 0.2, 6));
  EXPECT_EQ(patient_grouped_split({"a", "b"}, {"1", "2"}, 0.0, 0),
            (std::vector<Side>{train, train}));
  EXPECT_EQ(patient_grouped_split({"a", "b"}, {"1", "2"}, 1.0, 0), (std::vector<Side>{test, test}));
}

// By tools/golden/data.py, an independent implementation: splits are part of a study's record.
TEST(Splits, AreTheSameOnEveryPlatform) {
  const std::vector<std::string> labels{"a", "a", "a", "a", "a", "b", "b", "b", "b", "b"};
  const std::vector<std::string> groups{"1", "1", "2", "3", "4", "5", "6", "6", "6", "7"};
  const auto held = [](const std::vector<Side>& sides) {
    std::string text;
    for (const Side side : sides) text += side == test ? 'T' : '.';
    return text;
  };
  EXPECT_EQ(held(random_stratified_split(labels, 0.4, 11)), ".TT...T..T");
  EXPECT_EQ(held(patient_grouped_split(labels, groups, 0.4, 11)), "...TTT...T");
}

TEST(Splits, RefuseBadInput) {
  expect_error(ErrorCode::invalid_option, "expected 0 to 1, got 1.5",
               [] { random_stratified_split({"a"}, 1.5, 0); });
  expect_error(ErrorCode::invalid_option, "expected 0 to 1, got nan",
               [] { random_stratified_split({"a"}, std::nan(""), 0); });
  expect_error(ErrorCode::invalid_option, "expected 0 to 1",
               [] { patient_grouped_split({"a"}, {"1"}, -0.1, 0); });
  expect_error(ErrorCode::invalid_shape, "groups: expected 2 values", [] {
    patient_grouped_split({"a", "b"}, {"1"}, 0.5, 0);
  });
}

TEST(HoldOut, CutsWholeGroupsFromTheIndicesOnly) {
  const auto data = synthetic_patients(4);
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < data.labels.size(); i += 2) indices.push_back(i);
  const auto [kept, held_out] = hold_out_groups(indices, data.groups, data.labels, 0.15, 9);
  EXPECT_NEAR(static_cast<double>(held_out.size()), 0.15 * static_cast<double>(indices.size()),
              0.01 * static_cast<double>(indices.size()));
  std::set<std::size_t> both(kept.begin(), kept.end());
  both.insert(held_out.begin(), held_out.end());
  EXPECT_EQ(both, std::set<std::size_t>(indices.begin(), indices.end()));
  EXPECT_EQ(kept.size() + held_out.size(), indices.size());
  std::set<std::string> kept_groups;
  for (const auto i : kept) kept_groups.insert(data.groups[i]);
  for (const auto i : held_out) EXPECT_FALSE(kept_groups.contains(data.groups[i]));
}

TEST(SplitsOnRealData, GroupedSplitOfCxr4IsWholeAndProportional) {
  CXRNET_SKIP_WITHOUT_CXR4();
  LabelledGroups rows;
  for (const auto& row : read_manifest(cxr4_folder() / "manifest.csv").rows) {
    rows.labels.push_back(row.label);
    rows.groups.push_back(group_of(row));
  }
  const auto sides = patient_grouped_split(rows.labels, rows.groups, 0.2, 2020);
  EXPECT_TRUE(find_leaks(rows.groups, as_cells(sides)).empty());
  for (const auto& [label, held] : test_fractions(rows.labels, sides))
    EXPECT_NEAR(held, 0.2, 0.005) << label;
}

TEST(SpreadEvenly, TakesTheFirstOfEqualParts) {
  const std::vector<std::size_t> rows{10, 11, 12, 13, 14, 15, 16};
  EXPECT_EQ(spread_evenly(rows, 3), (std::vector<std::size_t>{10, 12, 14}));
  EXPECT_EQ(spread_evenly(rows, 7), rows);
  EXPECT_EQ(spread_evenly(rows, 100), rows);
  EXPECT_TRUE(spread_evenly({}, 3).empty());
  EXPECT_TRUE(spread_evenly(rows, 0).empty());
}

}  // namespace
}  // namespace cxrnet::data
