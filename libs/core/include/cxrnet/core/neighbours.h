// What other processes compute on the processors that this one may use, and what is done about it.
#pragma once

#include <sched.h>

#include <limits>
#include <string_view>

namespace cxrnet {

/// Processor time since some moment, in seconds.
struct ProcessorTime {
  double all = 0;    ///< of whoever computed on the processors that this process may use
  double own = 0;    ///< of this process
  double clock = 0;  ///< that went by
};

/// Seconds that `processors` computed since the machine's start, from the text of /proc/stat.
/// Without `with_nice` the time of processes of lower priority does not count, as they give way.
double busy_seconds(std::string_view proc_stat, const cpu_set_t& processors, bool with_nice);

/// The time until now; all is 0 where the system does not tell.
ProcessorTime processor_time();

/// How many of `processors` others do not keep busy, between two moments: at least 1. What takes
/// more than 0.6 of a processor counts as one that wants all of it: beside a team that fills both
/// of two, a neighbour gets two thirds of one.
int processors_left(const ProcessorTime& before, const ProcessorTime& after, int processors);

/// What ConsiderateWaiting measured last; kEveryProcessor where nobody measures.
inline constexpr int kEveryProcessor = std::numeric_limits<int>::max();
int processors_left_now();
void set_processors_left_now(int processors);

/// How many threads the owner's operations use: those that it used before, or as many as others
/// leave processors. A team that works in step is as slow as its slowest thread: of two threads on
/// two processors 0.46 of their rate stayed beside a neighbour, of one thread 0.60 (docs/adr/031).
class ThreadsByLoad {
 public:
  ThreadsByLoad();
  ~ThreadsByLoad();  ///< As many as before.
  ThreadsByLoad(const ThreadsByLoad&) = delete;
  ThreadsByLoad& operator=(const ThreadsByLoad&) = delete;

  /// To be called by the owner between its steps.
  void follow(int processors_left);

 private:
  int before_;
  int now_;
};

}  // namespace cxrnet
