#include "cxrnet/metrics/roc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"

namespace cxrnet::metrics {
namespace {

struct Sample {
  std::vector<double> scores;
  std::vector<bool> positive;
};

// Scores on a coarse grid, so that ties are common.
Sample random_sample(uint64_t seed, std::size_t size) {
  Random random(seed);
  Sample sample;
  for (std::size_t i = 0; i < size; ++i) {
    sample.scores.push_back(static_cast<double>(random.index(6)) / 5.0);
    sample.positive.push_back(random.uniform() < 0.4);
  }
  return sample;
}

// The definition itself: every pair of a positive and a negative, a tie counting one half.
double pairwise_auroc(const Sample& sample, const std::vector<int32_t>& weights) {
  double wins = 0, pairs = 0;
  for (std::size_t p = 0; p < sample.scores.size(); ++p) {
    for (std::size_t n = 0; n < sample.scores.size(); ++n) {
      if (!sample.positive[p] || sample.positive[n]) continue;
      const double weight = static_cast<double>(weights[p]) * weights[n];
      pairs += weight;
      if (sample.scores[p] > sample.scores[n]) wins += weight;
      if (sample.scores[p] == sample.scores[n]) wins += weight / 2;
    }
  }
  return wins / pairs;
}

TEST(Auroc, AgreesWithClosedForms) {
  struct Row {
    const char* name;
    Sample sample;
    double expected;
  };
  const Row rows[] = {
      {"separated", {{0.1, 0.2, 0.8, 0.9}, {false, false, true, true}}, 1.0},
      {"reversed", {{0.1, 0.2, 0.8, 0.9}, {true, true, false, false}}, 0.0},
      {"all tied", {{0.5, 0.5, 0.5}, {true, false, false}}, 0.5},
      {"one of four pairs lost", {{0.1, 0.3, 0.2, 0.9}, {false, false, true, true}}, 0.75},
      {"one of four pairs tied", {{0.1, 0.3, 0.3, 0.9}, {false, false, true, true}}, 0.875},
      {"two ties of six pairs",
       {{0.4, 0.4, 0.4, 0.6, 0.2}, {true, false, false, true, false}},
       5.0 / 6},
      {"minus zero ties with zero", {{-0.0, 0.0}, {true, false}}, 0.5},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(auroc(row.sample.scores, row.sample.positive).value, row.expected) << row.name;
  }
}

TEST(Auroc, CountsPairsAsItsDefinitionDoes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto sample = random_sample(seed, 50);
    Random random(seed + 100);
    std::vector<int32_t> weights(50);
    for (auto& weight : weights) weight = static_cast<int32_t>(random.index(4));
    const RocRanking ranking(sample.scores, sample.positive);
    EXPECT_NEAR(ranking.auroc(weights).value.value(), pairwise_auroc(sample, weights), 1e-14);
  }
}

TEST(Auroc, IgnoresTheOrderOfTheItems) {
  const auto sample = random_sample(1, 60);
  const auto expected = auroc(sample.scores, sample.positive).value;
  Random random(2);
  for (int i = 0; i < 10; ++i) {
    Sample shuffled;
    for (const std::size_t k : random.permutation(60)) {
      shuffled.scores.push_back(sample.scores[k]);
      shuffled.positive.push_back(sample.positive[k]);
    }
    EXPECT_EQ(auroc(shuffled.scores, shuffled.positive).value, expected);
  }
}

TEST(Auroc, DependsOnTheRankingOnlyAndMirrors) {
  auto sample = random_sample(3, 60);
  const double expected = auroc(sample.scores, sample.positive).value.value();
  for (auto& score : sample.scores) score = std::exp(3.0 * score);
  EXPECT_EQ(auroc(sample.scores, sample.positive).value, expected);
  sample.positive.flip();
  EXPECT_NEAR(auroc(sample.scores, sample.positive).value.value(), 1.0 - expected, 1e-15);
}

TEST(Auroc, IsUndefinedWithOneClassAlone) {
  EXPECT_EQ(auroc({0.1, 0.2}, {true, true}).undefined, "no image of another class in the data");
  EXPECT_EQ(auroc({0.1, 0.2}, {false, false}).undefined, "no image of this class in the data");
  EXPECT_FALSE(auroc({}, {}).value);
  const std::vector<int32_t> weights{0, 1};
  EXPECT_FALSE(RocRanking({0.1, 0.2}, {true, false}).auroc(weights).value) << "weight 0 is absence";
}

TEST(Auroc, RefusesWhatIsNoRanking) {
  EXPECT_THROW(auroc({0.1}, {true, false}), Error);
  EXPECT_THROW(auroc({std::nan(""), 0.1}, {true, false}), Error);
}

TEST(RocCurve, GoesFromCornerToCornerOverDistinctScores) {
  const auto curve = roc_curve({0.9, 0.5, 0.5, 0.1}, {true, true, false, false});
  ASSERT_EQ(curve.size(), 4u);
  const RocPoint expected[] = {
      {std::numeric_limits<double>::infinity(), 0, 0}, {0.9, 0, 0.5}, {0.5, 0.5, 1}, {0.1, 1, 1}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(curve[i].threshold, expected[i].threshold);
    EXPECT_EQ(curve[i].false_positive_rate, expected[i].false_positive_rate);
    EXPECT_EQ(curve[i].true_positive_rate, expected[i].true_positive_rate);
  }
  EXPECT_TRUE(roc_curve({0.1}, {true}).empty());
}

TEST(RocCurve, EnclosesTheArea) {
  const auto sample = random_sample(5, 80);
  const auto curve = roc_curve(sample.scores, sample.positive);
  double area = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) *
            (curve[i].true_positive_rate + curve[i - 1].true_positive_rate) / 2;
  }
  EXPECT_NEAR(area, auroc(sample.scores, sample.positive).value.value(), 1e-14);
}

}  // namespace
}  // namespace cxrnet::metrics
