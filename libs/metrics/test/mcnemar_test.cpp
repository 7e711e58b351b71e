#include "cxrnet/metrics/mcnemar.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {
namespace {

// Binomial sums by hand: 2 Σ_{k ≤ min} C(n, k) / 2^n, capped at 1.
TEST(McNemar, AgreesWithBinomialSumsByHand) {
  struct Row {
    int64_t first, second;
    double p_value;
  };
  const Row rows[] = {
      {0, 0, 1.0},      {1, 0, 1.0},         {0, 5, 2.0 / 32},
      {6, 0, 2.0 / 64}, {1, 9, 22.0 / 1024}, {2, 8, 112.0 / 1024},
      {5, 5, 1.0},      {4, 5, 1.0},         {3, 7, 352.0 / 1024},
  };
  for (const auto& row : rows) {
    EXPECT_NEAR(mcnemar_exact(row.first, row.second).p_value, row.p_value, 1e-14);
    EXPECT_NEAR(mcnemar_exact(row.second, row.first).p_value, row.p_value, 1e-14);
  }
}

// By hand from binomial sums. 1 against 7 is the published example (Fagerland et al. 2013, airway
// hyper-responsiveness of 21 children): exact 0.070, mid-p 0.039.
TEST(McNemar, TheMidPValueLeavesOutHalfOfTheObservedCountOnEachSide) {
  struct Row {
    int64_t first, second;
    double p_value, mid_p_value;
  };
  const Row rows[] = {
      {1, 7, 18.0 / 256, 10.0 / 256},
      {0, 5, 2.0 / 32, 1.0 / 32},
      {2, 8, 112.0 / 1024, 67.0 / 1024},
      {1, 1, 1.0, 0.75},
      {0, 0, 1.0, 1.0},
  };
  for (const auto& row : rows) {
    EXPECT_NEAR(mcnemar_exact(row.first, row.second).p_value, row.p_value, 1e-14);
    EXPECT_NEAR(mcnemar_exact(row.first, row.second).mid_p_value, row.mid_p_value, 1e-14);
    EXPECT_NEAR(mcnemar_exact(row.second, row.first).mid_p_value, row.mid_p_value, 1e-14);
  }
}

// Where counts are large, mid-p meets the asymptotic test without continuity correction, whose p
// value is erfc(|b - c| / sqrt(2 (b + c))).
TEST(McNemar, TheMidPValueMeetsTheAsymptoticTestOnLargeCounts) {
  const auto result = mcnemar_exact(5000, 5200);
  const double asymptotic = std::erfc(200.0 / std::sqrt(2.0 * 10'200.0));
  EXPECT_NEAR(result.mid_p_value, asymptotic, 1e-4);
  EXPECT_GT(result.p_value, result.mid_p_value + 1e-4);
}

TEST(McNemar, SurvivesLargeCounts) {
  const auto balanced = mcnemar_exact(100'000, 100'000).p_value;
  EXPECT_DOUBLE_EQ(balanced, 1.0);
  const auto lopsided = mcnemar_exact(0, 2000).p_value;  // 2^−1999 underflows to 0, it is not NaN
  EXPECT_EQ(lopsided, 0.0);
}

TEST(McNemar, CountsOnlyWhereTheTwoDiffer) {
  const std::vector<bool> first{true, true, true, false, false, true};
  const std::vector<bool> second{true, false, false, true, false, false};
  const auto result = mcnemar_exact(first, second);
  EXPECT_EQ(result.only_first_correct, 3);
  EXPECT_EQ(result.only_second_correct, 1);
  EXPECT_DOUBLE_EQ(result.p_value, 10.0 / 16);
}

TEST(McNemar, RefusesNonsense) {
  EXPECT_THROW(mcnemar_exact(-1, 3), Error);
  EXPECT_THROW(mcnemar_exact({true}, {true, false}), Error);
}

}  // namespace
}  // namespace cxrnet::metrics
