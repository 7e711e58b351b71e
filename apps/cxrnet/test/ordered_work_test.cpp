#include "framework/ordered_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace cxrnet::app {
namespace {

// Later items are quicker, so that they are done first.
std::vector<OrderedWork<int>::Worker> squaring(std::size_t workers, std::atomic<int>& begun) {
  return std::vector<OrderedWork<int>::Worker>(workers, [&begun](std::size_t item) {
    ++begun;
    for (std::size_t i = item; i < 50; ++i) std::this_thread::yield();
    return static_cast<int>(item * item);
  });
}

TEST(OrderedWork, ResultsComeInOrder) {
  for (const std::size_t workers : {1, 2, 5}) {
    std::atomic<int> begun = 0;
    OrderedWork<int> work(50, squaring(workers, begun));
    for (int item = 0; item < 50; ++item) EXPECT_EQ(work.take(), item * item);
    EXPECT_EQ(begun, 50);
  }
}

TEST(OrderedWork, AFailureIsThatItemsAlone) {
  OrderedWork<int> work(3, {[](std::size_t item) {
                          if (item == 1) throw std::runtime_error("one");
                          return static_cast<int>(item);
                        }});
  EXPECT_EQ(work.take(), 0);
  EXPECT_THROW(work.take(), std::runtime_error);
  EXPECT_EQ(work.take(), 2);
}

// With nobody taking, the workers stop after what may wait.
TEST(OrderedWork, DoesNotRunAhead) {
  std::atomic<int> begun = 0;
  {
    OrderedWork<int> work(1000, squaring(2, begun));
    work.take();
    for (int i = 0; i < 10000; ++i) std::this_thread::yield();
  }
  EXPECT_LE(begun, static_cast<int>(2 * OrderedWork<int>::kAhead + 1));
}

}  // namespace
}  // namespace cxrnet::app
