// How OpenMP's threads wait for each other: by spinning while the processors are ours, asleep while
// others want them.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace cxrnet {

/// While it lives, threads of libgomp that wait for each other fall asleep at once. They do so when
/// there are more of them than processors: this makes some that do nothing. Elsewhere than with
/// libgomp, and where memory lacks, it does nothing.
class SleepingTeams {
 public:
  SleepingTeams();
  ~SleepingTeams();
  SleepingTeams(const SleepingTeams&) = delete;
  SleepingTeams& operator=(const SleepingTeams&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_ready_ = false;
  bool is_over_ = false;
  std::thread owner_;  // of the team; a team lives as long as the thread that made it
};

/// What the process saw of others in a period.
struct Contention {
  long preemptions = 0;  ///< a thread of ours wanted to go on, and another had its processor
  double seconds = 0;    ///< of the period
  int processors = 1;    ///< that the process may use

  /// Whether others compute on our processors: they take one from us at each end of a time slice,
  /// a few milliseconds long, where an idle system does so a few times a second.
  bool is_busy() const;
};

/// Watches, in a thread of its own, whether other processes want the processors that this one may
/// use, and has SleepingTeams while they do and a second longer. A thread that spins beside a busy
/// neighbour uses up the time in which the one that it waits for could compute; alone, it saves
/// microseconds at each of a network's hundreds of operations (docs/adr/031).
/// Does nothing where the user chose by OMP_WAIT_POLICY or GOMP_SPINCOUNT.
class ConsiderateWaiting {
 public:
  /// With `tells_processors_left` it also measures what processors_left_now says.
  explicit ConsiderateWaiting(bool tells_processors_left = false);
  ~ConsiderateWaiting();
  ConsiderateWaiting(const ConsiderateWaiting&) = delete;
  ConsiderateWaiting& operator=(const ConsiderateWaiting&) = delete;

 private:
  void watch();

  bool tells_processors_left_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread watcher_;
};

}  // namespace cxrnet
