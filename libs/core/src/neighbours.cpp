#include "cxrnet/core/neighbours.h"

#include <ATen/Parallel.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include "cxrnet/core/threads.h"

namespace cxrnet {
namespace {

constexpr double kWantsAll = 0.6;  // of a processor

std::atomic<int> left_now{kEveryProcessor};

double own_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::string read_proc_stat() {
  std::ifstream file("/proc/stat");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The number behind "cpu"; -1 for the line of all processors and for other lines.
int processor_of(std::string_view word) {
  int number = -1;
  if (word.starts_with("cpu")) std::from_chars(word.data() + 3, word.data() + word.size(), number);
  return number;
}

}  // namespace

double busy_seconds(std::string_view proc_stat, const cpu_set_t& processors, bool with_nice) {
  std::istringstream lines{std::string(proc_stat)};
  double ticks = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, soft = 0;
    fields >> name >> user >> nice >> system >> idle >> waiting >> interrupts >> soft;
    const int processor = processor_of(name);
    if (processor < 0 || processor >= CPU_SETSIZE || !CPU_ISSET(processor, &processors)) continue;
    ticks += user + system + interrupts + soft + (with_nice ? nice : 0);
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

ProcessorTime processor_time() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  ::sched_getaffinity(0, sizeof(processors), &processors);
  const auto clock = std::chrono::steady_clock::now().time_since_epoch();
  const bool lower_priority = ::getpriority(PRIO_PROCESS, 0) > 0;
  return {.all = busy_seconds(read_proc_stat(), processors, lower_priority),
          .own = own_seconds(),
          .clock = std::chrono::duration<double>(clock).count()};
}

int processors_left(const ProcessorTime& before, const ProcessorTime& after, int processors) {
  const double seconds = after.clock - before.clock;
  if (seconds <= 0) return processors;
  const double others = (after.all - before.all - (after.own - before.own)) / seconds;
  const int taken = static_cast<int>(std::floor(std::max(0.0, others) + 1 - kWantsAll));
  return std::max(1, processors - taken);
}

int processors_left_now() { return left_now; }

void set_processors_left_now(int processors) { left_now = processors; }

ThreadsByLoad::ThreadsByLoad() : before_(at::get_num_threads()), now_(before_) {}

ThreadsByLoad::~ThreadsByLoad() { follow(before_); }

void ThreadsByLoad::follow(int processors_left) {
  const int wanted = std::clamp(processors_left, 1, before_);
  if (wanted == now_) return;
  set_own_threads(wanted);
  now_ = wanted;
}

}  // namespace cxrnet
