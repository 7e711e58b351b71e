#include "cxrnet/data/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace cxrnet::data {
namespace {

struct Population {
  std::vector<std::string> labels;
  std::vector<std::size_t> indices;
};

// 70 of a, 20 of b, 10 of c at the even positions; the odd ones belong to another side.
Population unbalanced() {
  Population population;
  for (std::size_t i = 0; i < 100; ++i) {
    population.labels.emplace_back(i < 70 ? "a" : i < 90 ? "b" : "c");
    population.labels.emplace_back("other side");
    population.indices.push_back(2 * i);
  }
  return population;
}

TEST(ShuffledOrder, IsAPermutationThatSeedAndEpochDecide) {
  const auto indices = unbalanced().indices;
  auto order = shuffled_order(indices, 1, 0);
  EXPECT_NE(order, indices);
  EXPECT_EQ(order, shuffled_order(indices, 1, 0));
  EXPECT_NE(order, shuffled_order(indices, 1, 1));
  EXPECT_NE(order, shuffled_order(indices, 2, 0));
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, indices);
}

TEST(BalancedOrder, SeesEachLabelEquallyOften) {
  const auto [labels, indices] = unbalanced();
  const auto order = balanced_order(indices, labels, 1, 0);
  ASSERT_EQ(order.size(), indices.size());
  std::map<std::string, int> counts;
  std::map<std::size_t, int> repeats;
  for (const auto index : order) {
    ++counts[labels[index]];
    ++repeats[index];
  }
  EXPECT_EQ(counts.size(), 3u);  // none of the other side
  for (const auto& [label, count] : counts) EXPECT_NEAR(count, 100.0 / 3.0, 1.0) << label;
  // 33 or 34 draws from 70, 20 or 10 members, dealt in whole rounds
  const std::map<std::string, std::set<int>> allowed{{"a", {1}}, {"b", {1, 2}}, {"c", {3, 4}}};
  for (const auto& [index, count] : repeats) {
    EXPECT_TRUE(allowed.at(labels[index]).contains(count)) << labels[index] << " " << count;
  }
}

TEST(BalancedOrder, MixesLabelsAlongTheEpoch) {
  const auto [labels, indices] = unbalanced();
  const auto order = balanced_order(indices, labels, 1, 0);
  std::map<std::string, int> first_half;
  for (std::size_t i = 0; i < 50; ++i) ++first_half[labels[order[i]]];
  for (const char* label : {"a", "b", "c"}) EXPECT_GT(first_half[label], 8) << label;
}

TEST(BalancedOrder, ReachesEverySampleOverEpochs) {
  const auto [labels, indices] = unbalanced();
  std::set<std::size_t> seen;
  for (int64_t epoch = 0; epoch < 12; ++epoch) {
    for (const auto index : balanced_order(indices, labels, 1, epoch)) seen.insert(index);
  }
  EXPECT_EQ(seen.size(), indices.size());
  EXPECT_EQ(balanced_order(indices, labels, 1, 3), balanced_order(indices, labels, 1, 3));
  EXPECT_NE(balanced_order(indices, labels, 1, 3), balanced_order(indices, labels, 1, 4));
}

TEST(RepeatCounts, CountsEarlierOccurrences) {
  EXPECT_EQ(repeat_counts({5, 7, 5, 5, 7, 1}), (std::vector<std::size_t>{0, 0, 1, 2, 1, 0}));
}

}  // namespace
}  // namespace cxrnet::data
