#include "framework/threads.h"

#include <ATen/Parallel.h>
#include <sched.h>

#include <algorithm>
#include <string>
#include <thread>

#include "framework/console.h"

namespace cxrnet::app {

int64_t available_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return std::max(1U, std::thread::hardware_concurrency());
}

void set_threads(int64_t requested, Console& console) {
  const int64_t available = available_cores();
  if (requested > available) {
    console.warning("threads: " + std::to_string(requested) + " asked for, " +
                    std::to_string(available) + " available; using " + std::to_string(available));
  }
  at::set_num_threads(
      static_cast<int>(requested == 0 ? available : std::min(requested, available)));
}

}  // namespace cxrnet::app
