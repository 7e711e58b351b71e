#include "memory_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace cxrnet::engine {
namespace {

TEST(MemoryPlan, ReusesWhatIsNoLongerRead) {
  // a -> b -> c: a and c are never alive together.
  const auto plan = plan_memory({{640, 0, 1}, {128, 1, 2}, {640, 2, 3}});
  EXPECT_EQ(plan.offsets[0], plan.offsets[2]);
  EXPECT_EQ(plan.bytes, 768);
}

TEST(MemoryPlan, FillsGaps) {
  // Two that live throughout with one between them that ends early, then a fourth of its size.
  const auto plan = plan_memory({{512, 0, 9}, {256, 0, 3}, {128, 0, 9}, {256, 5, 9}});
  EXPECT_EQ(plan.offsets[1], plan.offsets[3]);
  EXPECT_EQ(plan.bytes, 512 + 256 + 128);
}

TEST(MemoryPlan, AlignsToCacheLines) {
  const auto plan = plan_memory({{1, 0, 1}, {1, 0, 1}, {65, 0, 1}});
  for (const auto offset : plan.offsets) EXPECT_EQ(offset % 64, 0);
  EXPECT_EQ(plan.bytes, 64 + 64 + 128);
}

TEST(MemoryPlan, NothingAliveTogetherOverlaps) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> lifetimes;
    for (int i = 0; i < 30; ++i) {
      const std::size_t first = random() % 20;
      lifetimes.push_back({random() % 1000, first, first + random() % 6});
    }
    const auto plan = plan_memory(lifetimes);
    for (std::size_t a = 0; a < lifetimes.size(); ++a) {
      EXPECT_LE(plan.offsets[a] + lifetimes[a].bytes, plan.bytes);
      for (std::size_t b = 0; b < a; ++b) {
        const bool together =
            lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
        const bool apart = plan.offsets[a] + lifetimes[a].bytes <= plan.offsets[b] ||
                           plan.offsets[b] + lifetimes[b].bytes <= plan.offsets[a];
        EXPECT_TRUE(!together || apart || lifetimes[a].bytes == 0 || lifetimes[b].bytes == 0);
      }
    }
  }
}

}  // namespace
}  // namespace cxrnet::engine
