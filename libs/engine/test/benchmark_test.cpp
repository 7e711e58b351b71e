#include "cxrnet/engine/benchmark.h"

#include <gtest/gtest.h>

#include <map>

namespace cxrnet::engine {
namespace {

TEST(Timing, MedianOfEvenAndOddRounds) {
  EXPECT_DOUBLE_EQ((Timing{.name = "odd", .rounds = {3.0, 1.0, 2.0}}).median(), 2.0);
  EXPECT_DOUBLE_EQ((Timing{.name = "even", .rounds = {4.0, 1.0, 2.0, 3.0}}).median(), 2.5);
  EXPECT_DOUBLE_EQ((Timing{.name = "even", .rounds = {4.0, 1.0}}).greatest(), 4.0);
}

// Contenders that claim 0.1 s and 0.5 s per run: 10 and 2 runs fill a second.
TEST(Alternate, EveryContenderRunsInEveryRound) {
  std::vector<std::string> order;
  std::map<std::string, int64_t> longest;
  const auto claims = [&](const std::string& name, double seconds) {
    return Contender{name, [&order, &longest, name, seconds](int64_t times) {
                       order.push_back(name);
                       longest[name] = std::max(longest[name], times);
                       return seconds * static_cast<double>(times);
                     }};
  };
  int64_t told = 0;
  const auto timings =
      alternate({claims("a", 0.1), claims("b", 0.5)}, 3, 1.0, [&](int64_t done, int64_t all) {
        EXPECT_EQ(done, ++told);
        EXPECT_EQ(all, 6);
      });
  EXPECT_EQ(order, (std::vector<std::string>{"a", "a", "b", "b",  // to warm up
                                             "a", "b", "b", "a", "a", "b"}));
  EXPECT_EQ(longest["a"], 10);
  EXPECT_EQ(longest["b"], 2);
  ASSERT_EQ(timings[1].rounds.size(), 3);
  EXPECT_NEAR(timings[1].median(), 0.5, 1e-12);
}

TEST(Peak, IsPositive) {
  EXPECT_GT(peak_operations_per_second(Precision::f32), 0.0);
  EXPECT_GT(memory_bytes_per_second(), 0.0);
}

}  // namespace
}  // namespace cxrnet::engine
