// A request to end, and waits that it cuts short.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "cxrnet/core/attempt.h"
#include "cxrnet/core/error.h"

namespace cxrnet {

/// A program says once that it may be asked to end; for others nothing below ever waits otherwise
/// than usual.
void allow_interruption() noexcept;

/// Asks all that waits to end, for good. It takes a lock: not for a signal handler.
void request_stop() noexcept;
bool stop_requested() noexcept;

namespace detail {

bool interruption_allowed() noexcept;

/// Runs the work in a thread of its own. False when a stop was requested and a second more was not
/// enough for it: then the thread is left to itself.
bool run_beside(const std::function<void()>& work);

}  // namespace detail

/// Runs work that may never come back, such as reading a file of a network that is gone or a pipe
/// into which nobody writes, so that a request to stop is heard meanwhile. Work that is quick is
/// done after a request, too. `work` must own all that it touches, since it may be left behind.
/// Gives what it gives and throws what it throws. Errors: interrupted.
template <class Work>
std::invoke_result_t<Work&> interruptibly(Work work) {
  if (!detail::interruption_allowed()) return work();
  const auto answer = std::make_shared<Attempt<std::invoke_result_t<Work&>>>();
  if (detail::run_beside([work, answer]() mutable { *answer = attempt(work); }))
    return answer->take();
  throw Error(ErrorCode::interrupted,
              "wait: expected an answer of the system, got a request to stop; run again");
}

}  // namespace cxrnet
