#include "cxrnet/core/considerate_waiting.h"

#include <dlfcn.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <optional>

#include "cxrnet/core/memory.h"
#include "cxrnet/core/neighbours.h"
#include "cxrnet/core/threads.h"

namespace cxrnet {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPeriod = std::chrono::milliseconds(50);
constexpr auto kMeasured = std::chrono::milliseconds(500);  // /proc/stat counts hundredths
constexpr auto kLonger = std::chrono::seconds(1);
constexpr double kPreemptionsPerSecond = 40;           // of each processor; an idle system: below 5
constexpr std::size_t kStack = std::size_t{8} << 20U;  // of a thread, by default

// What the compiler makes of a parallel region; looked up by name, since each build of libtorch
// brings its own OpenMP library.
using RunParallel = void (*)(void (*)(void*), void*, unsigned threads, unsigned flags);

RunParallel find_libgomp() {
  return reinterpret_cast<RunParallel>(::dlsym(RTLD_DEFAULT, "GOMP_parallel"));
}

long count_preemptions() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

bool user_chose() {
  return std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr;
}

}  // namespace

bool Contention::is_busy() const {
  return static_cast<double>(preemptions) > kPreemptionsPerSecond * processors * seconds;
}

SleepingTeams::SleepingTeams() {
  const auto run_parallel = find_libgomp();
  if (run_parallel == nullptr) return;
  const auto threads = static_cast<unsigned>(available_processors()) + 1;
  try {
    require_memory(threads * kStack);  // libgomp ends the process when it gets no thread
    owner_ = std::thread([this, run_parallel, threads] {
      run_parallel([](void*) {}, nullptr, threads, 0);
      std::unique_lock lock(mutex_);
      is_ready_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return is_over_; });
    });
  } catch (const std::exception&) {  // neither memory nor threads: teams go on spinning
    return;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_ready_; });
}

SleepingTeams::~SleepingTeams() {
  if (!owner_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  owner_.join();
}

ConsiderateWaiting::ConsiderateWaiting(bool tells_processors_left)
    : tells_processors_left_(tells_processors_left) {
  if (user_chose() || find_libgomp() == nullptr) return;
  try {
    watcher_ = std::thread([this] { watch(); });
  } catch (const std::exception&) {  // the system gives no thread: teams go on spinning
  }
}

ConsiderateWaiting::~ConsiderateWaiting() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  over_.notify_all();
  watcher_.join();
}

void ConsiderateWaiting::watch() {
  std::optional<SleepingTeams> sleeping;
  Clock::time_point busy_at{};
  auto begin = Clock::now();
  long before = count_preemptions();
  auto measured_at = begin;
  auto time_before = processor_time();
  std::unique_lock lock(mutex_);
  while (!over_.wait_for(lock, kPeriod, [this] { return is_over_; })) {
    const auto now = Clock::now();
    const long preemptions = count_preemptions();
    const Contention seen{.preemptions = preemptions - before,
                          .seconds = std::chrono::duration<double>(now - begin).count(),
                          .processors = available_processors()};
    begin = now;
    before = preemptions;
    if (tells_processors_left_ && now - measured_at >= kMeasured) {
      const auto time = processor_time();
      set_processors_left_now(processors_left(time_before, time, seen.processors));
      measured_at = now;
      time_before = time;
    }
    if (seen.is_busy()) {
      busy_at = now;
      if (!sleeping) sleeping.emplace();
    } else if (sleeping && now - busy_at > kLonger) {
      sleeping.reset();
    }
  }
  if (tells_processors_left_) set_processors_left_now(kEveryProcessor);
}

}  // namespace cxrnet
