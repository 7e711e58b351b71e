#include "framework/stop.h"

#include <atomic>
#include <csignal>

namespace cxrnet::app {
namespace {

std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

extern "C" void remember_signal(int number) { received_signal.store(number); }

}  // namespace

void install_stop_handlers() {
  struct sigaction action {};
  action.sa_handler = remember_signal;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit becomes a write error with a message
}

bool stop_requested() noexcept { return received_signal.load() != 0; }

int stop_signal() noexcept { return received_signal.load(); }

}  // namespace cxrnet::app
