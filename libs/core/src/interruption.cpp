#include "cxrnet/core/interruption.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace cxrnet {
namespace {

constexpr std::chrono::seconds kGrace{1};  // of what waits once a stop was requested

// Never destroyed: threads that were left to themselves may still use it when the program ends.
struct Waits {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> allowed{false};
  std::atomic<bool> stopped{false};
};

Waits& waits() {
  static auto& instance = *new Waits;
  return instance;
}

}  // namespace

void allow_interruption() noexcept { waits().allowed = true; }

void request_stop() noexcept {
  {
    const std::lock_guard lock(waits().mutex);
    waits().stopped = true;
  }
  waits().changed.notify_all();
}

bool stop_requested() noexcept { return waits().stopped; }

namespace detail {

bool interruption_allowed() noexcept { return waits().allowed; }

bool run_beside(const std::function<void()>& work) {
  const auto done = std::make_shared<bool>(false);
  try {
    std::thread([work, done] {
      work();
      {
        const std::lock_guard lock(waits().mutex);
        *done = true;
      }
      waits().changed.notify_all();
    }).detach();
  } catch (const std::system_error&) {  // the system gives no more threads
    work();
    return true;
  }
  std::unique_lock lock(waits().mutex);
  waits().changed.wait(lock, [&] { return *done || waits().stopped; });
  return waits().changed.wait_for(lock, kGrace, [&] { return *done; });
}

}  // namespace detail
}  // namespace cxrnet
