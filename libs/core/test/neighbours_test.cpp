#include "cxrnet/core/neighbours.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <utility>

#include "cxrnet/core/threads.h"

namespace cxrnet {
namespace {

cpu_set_t set_of(std::initializer_list<int> processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : processors) CPU_SET(processor, &set);
  return set;
}

// user, nice, system, idle, iowait, irq, softirq, steal; in hundredths of a second.
constexpr const char* kProcStat =
    "cpu  111111 1 1 1 1 1 1 1 0 0\n"
    "cpu0 100 50 30 1000 9 1 2 7 0 0\n"
    "cpu1 200 10 40 1000 9 3 4 7 0 0\n"
    "cpu2 70000 0 0 0 0 0 0 0 0 0\n"
    "intr 12345 0 0\n"
    "ctxt 987\n";

TEST(BusySeconds, AreThoseOfTheGivenProcessors) {
  EXPECT_DOUBLE_EQ(busy_seconds(kProcStat, set_of({0, 1}), false), 3.80);
  EXPECT_DOUBLE_EQ(busy_seconds(kProcStat, set_of({0, 1}), true), 4.40);
  EXPECT_DOUBLE_EQ(busy_seconds(kProcStat, set_of({1}), false), 2.47);
  EXPECT_DOUBLE_EQ(busy_seconds("", set_of({0, 1}), true), 0.0);
  EXPECT_DOUBLE_EQ(busy_seconds("cpu\ncpux 5 5 5\ncpu99999 7 7 7 7\n", set_of({0}), true), 0.0);
}

struct Use {
  const char* name;
  double all, own, seconds;
  int processors, left;
};

TEST(ProcessorsLeft, AreThoseThatOthersDoNotKeepBusy) {
  const Use uses[] = {
      {"nobody", 1.0, 1.0, 0.5, 2, 2},
      {"daemons", 1.1, 1.0, 0.5, 2, 2},
      {"a neighbour of a team on both of two", 1.0, 0.665, 0.5, 2, 1},
      {"a neighbour of a team on one of two", 1.0, 0.5, 0.5, 2, 1},
      {"two trainings that met on one of two part again", 0.5, 0.25, 0.5, 2, 2},
      {"more neighbours than processors", 1.0, 0.2, 0.5, 2, 1},
      {"two neighbours on eight", 4.0, 3.0, 0.5, 8, 6},
      {"clocks of unlike grain", 0.99, 1.0, 0.5, 2, 2},
      {"no time", 9.0, 1.0, 0.0, 2, 2},
  };
  for (const auto& use : uses) {
    const ProcessorTime before{.all = 10, .own = 5, .clock = 100};
    const ProcessorTime after{.all = 10 + use.all, .own = 5 + use.own, .clock = 100 + use.seconds};
    EXPECT_EQ(processors_left(before, after, use.processors), use.left) << use.name;
  }
}

TEST(ProcessorTime, CountsWhatThisProcessDoes) {
  const auto before = processor_time();
  volatile double sum = 0;
  while (processor_time().own - before.own < 0.3) sum = sum + 1;
  const auto after = processor_time();
  EXPECT_GT(after.all - before.all, 0.2);  // of hundredths, on any processor
  EXPECT_GE(after.clock - before.clock, 0.3 / available_processors());
}

class ThreadsByLoadTest : public testing::Test {
 protected:
  ThreadsByLoadTest() { set_own_threads(4); }
  ~ThreadsByLoadTest() override { set_own_threads(threads_); }

 private:
  const int threads_ = at::get_num_threads();
};

TEST_F(ThreadsByLoadTest, AreAsManyAsOthersLeaveProcessors) {
  ThreadsByLoad threads;
  const std::pair<int, int> rows[] = {{3, 3}, {1, 1}, {0, 1}, {4, 4}, {9, 4}, {kEveryProcessor, 4}};
  for (const auto& [left, expected] : rows) {
    threads.follow(left);
    EXPECT_EQ(at::get_num_threads(), expected) << left << " processors left";
  }
}

TEST_F(ThreadsByLoadTest, AreAsManyAsBeforeAtTheEnd) {
  {
    ThreadsByLoad threads;
    threads.follow(1);
  }
  EXPECT_EQ(at::get_num_threads(), 4);
}

}  // namespace
}  // namespace cxrnet
