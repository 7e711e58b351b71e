#include "framework/stop.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <mutex>
#include <thread>

#include "cxrnet/core/error.h"
#include "cxrnet/core/unfinished_files.h"

namespace cxrnet::app {
namespace {

constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
constexpr std::chrono::milliseconds kLongestTidying{500};

std::atomic<int> received_signal{0};
std::atomic<int> to_watcher{-1};
static_assert(std::atomic<int>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

// All else is the watcher's, which may take locks.
extern "C" void hand_to_watcher(int number) {
  const int before = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const auto written = ::write(to_watcher.load(), &byte, 1);
  errno = before;
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kSignals) sigaddset(&signals, number);
  return signals;
}

[[noreturn]] void end_at_once(int number) {
  try {  // a disk that does not answer must not hold the program either
    std::thread([number] {
      std::this_thread::sleep_for(kLongestTidying);
      ::_exit(128 + number);
    }).detach();
    remove_unfinished_files();
  } catch (...) {
  }
  ::_exit(128 + number);
}

void watch(int from_handler) {
  const auto signals = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  unsigned char number = 0;
  while (true) {
    const auto got = ::read(from_handler, &number, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1) return;
    if (received_signal != 0) end_at_once(number);
    received_signal = number;
    request_stop();
  }
}

bool is_ignored(int number) {
  struct sigaction present {};
  return ::sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

void start_watching() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(ErrorCode::internal,
                "signals: expected a pipe, got none; close other programs and run again");
  }
  to_watcher = ends[1];
  std::thread(watch, ends[0]).detach();
  // Not this thread nor its children: one that waits for a disk that is gone hears no signal, and
  // then nobody would.
  const auto signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  struct sigaction action {};
  action.sa_handler = hand_to_watcher;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int number : kSignals) {
    if (number == SIGHUP && is_ignored(number)) continue;  // nohup
    ::sigaction(number, &action, nullptr);
  }
  allow_interruption();
}

}  // namespace

void install_stop_handlers() {
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit becomes a write error with a message
  static std::once_flag once;
  std::call_once(once, start_watching);
}

int stop_signal() noexcept { return received_signal.load(); }

}  // namespace cxrnet::app
