#include "cxrnet/core/threads.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <thread>

namespace cxrnet {
namespace {

int threads_of_a_new_thread() {
  int threads = 0;
  std::thread([&] { threads = at::get_num_threads(); }).join();
  return threads;
}

TEST(Threads, OfTheProcessAndOfOneThread) {
  set_process_threads(3);
  EXPECT_EQ(at::get_num_threads(), 3);
  EXPECT_EQ(threads_of_a_new_thread(), 3);
  std::thread([] {
    set_own_threads(2);
    EXPECT_EQ(at::get_num_threads(), 2);
  }).join();
  EXPECT_EQ(at::get_num_threads(), 3);
  EXPECT_EQ(threads_of_a_new_thread(), 3);
}

TEST(Threads, ComputingSeriallyHoldsForTheThreadAndWhileItLives) {
  set_process_threads(3);
  std::thread([] {
    const ComputeSerially here;
    EXPECT_EQ(at::get_num_threads(), 1);
  }).join();
  {
    const ComputeSerially here;
    EXPECT_EQ(at::get_num_threads(), 1);
    EXPECT_EQ(threads_of_a_new_thread(), 3);
  }
  EXPECT_EQ(at::get_num_threads(), 3);
}

}  // namespace
}  // namespace cxrnet
