#include "cxrnet/core/considerate_waiting.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <thread>

#include "cxrnet/core/threads.h"

namespace cxrnet {
namespace {

double seconds_of_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

using RunParallel = void (*)(void (*)(void*), void*, unsigned, unsigned);

// Processor time of teams that have nothing to do but wait for the next of thirty regions.
double cost_of_waiting(RunParallel run_parallel) {
  const double before = seconds_of_cpu();
  for (int region = 0; region < 30; ++region) {
    run_parallel([](void*) {}, nullptr, 2, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return seconds_of_cpu() - before;
}

TEST(SleepingTeams, WaitWithoutUsingTheProcessor) {
  const auto run_parallel = reinterpret_cast<RunParallel>(::dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  if (run_parallel == nullptr) GTEST_SKIP() << "this libtorch does not use libgomp";
  const double spinning = cost_of_waiting(run_parallel);
  if (spinning < 0.02) GTEST_SKIP() << "teams of this process do not spin (OMP_WAIT_POLICY?)";
  double asleep = 0;
  {
    const SleepingTeams sleeping;
    asleep = cost_of_waiting(run_parallel);
  }
  EXPECT_LT(asleep, spinning / 4);
  EXPECT_GT(cost_of_waiting(run_parallel), spinning / 4) << "expected spinning again afterwards";
}

struct Sight {
  const char* name;
  Contention contention;
  bool is_busy;
};

TEST(Contention, IsPreemptionForEachProcessorAndSecond) {
  const Sight sights[] = {
      {"nothing", {0, 0.05, 2}, false},
      {"a daemon of the system", {1, 0.05, 2}, false},
      {"a neighbour on one of two: every time slice of 4 ms", {12, 0.05, 2}, true},
      {"the same on one processor", {6, 0.05, 1}, true},
      {"a long period counts by the second", {12, 5.0, 2}, false},
      {"a machine of 64 with one neighbour does not mind", {12, 0.05, 64}, false},
  };
  for (const auto& sight : sights)
    EXPECT_EQ(sight.contention.is_busy(), sight.is_busy) << sight.name;
}

TEST(ConsiderateWaiting, BeginsAndEndsAtOnce) {
  for (int i = 0; i < 20; ++i) const ConsiderateWaiting waiting;
}

}  // namespace
}  // namespace cxrnet
