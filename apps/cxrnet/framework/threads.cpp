#include "framework/threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <string>

#include "cxrnet/core/threads.h"
#include "framework/console.h"

namespace cxrnet::app {
namespace {

constexpr std::size_t kImagesPerWorker = 4;
constexpr std::size_t kBatch = 4;  // measured in docs/performance.md
constexpr std::size_t kBatchesPerWorker = 4;

}  // namespace

void set_threads(int64_t requested, Console& console) {
  const int64_t available = available_processors();
  if (requested > available) {
    console.warning("threads: " + std::to_string(requested) + " asked for, " +
                    std::to_string(available) + " available; using " + std::to_string(available));
  }
  set_process_threads(
      static_cast<int>(requested == 0 ? available : std::min(requested, available)));
}

Workers choose_workers(const RequestedWorkers& requested, std::size_t images) {
  const auto threads = static_cast<std::size_t>(at::get_num_threads());
  const std::size_t one_each = images >= kImagesPerWorker * threads ? threads : 1;
  const auto count = requested.count == 0 ? one_each : static_cast<std::size_t>(requested.count);
  const auto threads_each = std::max<std::size_t>(1, threads / count);
  const bool gains = threads_each > 1 && images >= kBatchesPerWorker * kBatch * count;
  const std::size_t batch = gains ? kBatch : 1;
  return {.count = count,
          .threads_each = static_cast<int>(threads_each),
          .batch = requested.batch == 0 ? batch : static_cast<std::size_t>(requested.batch)};
}

void set_threads_each(const Workers& workers) { set_own_threads(workers.threads_each); }

}  // namespace cxrnet::app
