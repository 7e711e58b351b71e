#include "cxrnet/metrics/mcnemar.h"

#include <gtest/gtest.h>

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
