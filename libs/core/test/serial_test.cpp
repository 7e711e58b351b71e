#include "cxrnet/core/serial.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <thread>

namespace cxrnet {
namespace {

TEST(ComputeSerially, ConcernsTheCallingThreadAlone) {
  if (at::get_parallel_info().find("OpenMP") == std::string::npos) {
    GTEST_SKIP() << "this libtorch has another pool of threads";
  }
  at::set_num_threads(3);
  int inside = 0;
  std::thread([&] {
    compute_serially();
    inside = at::get_num_threads();
  }).join();
  int beside = 0;
  std::thread([&] { beside = at::get_num_threads(); }).join();
  EXPECT_EQ(inside, 1);
  EXPECT_EQ(at::get_num_threads(), 3);
  EXPECT_EQ(beside, 3);
}

}  // namespace
}  // namespace cxrnet
