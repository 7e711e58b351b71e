#include "framework/ordered_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace cxrnet::app {
namespace {

// Later items are quicker, so that they are done first.
std::vector<OrderedWork<int>::Worker> squaring(std::size_t workers, std::atomic<int>& begun) {
  return std::vector<OrderedWork<int>::Worker>(
      workers, [&begun](std::size_t first, std::size_t count) {
        std::vector<Attempt<int>> squares;
        for (std::size_t item = first; item < first + count; ++item) {
          ++begun;
          for (std::size_t i = item; i < 50; ++i) std::this_thread::yield();
          squares.push_back({.result = static_cast<int>(item * item)});
        }
        return squares;
      });
}

TEST(OrderedWork, ResultsComeInOrder) {
  for (const std::size_t workers : {1, 2, 5}) {
    for (const std::size_t group : {1, 4, 60}) {
      std::atomic<int> begun = 0;
      OrderedWork<int> work(50, group, squaring(workers, begun));
      for (int item = 0; item < 50; ++item) EXPECT_EQ(work.take(), item * item);
      EXPECT_EQ(begun, 50);
    }
  }
}

TEST(OrderedWork, AFailureIsThatItemsAlone) {
  const auto work_on = [](std::size_t first, std::size_t count) {
    std::vector<Attempt<int>> answers;
    for (std::size_t item = first; item < first + count; ++item) {
      answers.push_back(attempt([&] {
        if (item == 1) throw std::runtime_error("one");
        return static_cast<int>(item);
      }));
    }
    return answers;
  };
  OrderedWork<int> work(3, 2, {work_on});
  EXPECT_EQ(work.take(), 0);
  EXPECT_THROW(work.take(), std::runtime_error);
  EXPECT_EQ(work.take(), 2);
}

TEST(OrderedWork, WhatHitsAGroupIsEachOfItsItemsFailure) {
  const auto work_on = [](std::size_t first, std::size_t count) {
    if (first == 2) throw std::runtime_error("two and three");
    return std::vector<Attempt<int>>(count, {.result = 7});
  };
  OrderedWork<int> work(5, 2, {work_on});
  for (const bool fails : {false, false, true, true, false}) {
    if (fails) {
      EXPECT_THROW(work.take(), std::runtime_error);
    } else {
      EXPECT_EQ(work.take(), 7);
    }
  }
}

// With nobody taking, the workers stop after what may wait.
TEST(OrderedWork, DoesNotRunAhead) {
  std::atomic<int> begun = 0;
  {
    OrderedWork<int> work(1000, 3, squaring(2, begun));
    work.take();
    for (int i = 0; i < 10000; ++i) std::this_thread::yield();
  }
  EXPECT_LE(begun, 2 * 2 * 3 + 3);  // two groups of three for each worker, beside what was taken
}

}  // namespace
}  // namespace cxrnet::app
