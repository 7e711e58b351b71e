// How many threads the tensor library uses.
#pragma once

#include <cstdint>

namespace cxrnet::app {

class Console;

/// Sets libtorch's threads. 0: every available core; more than available: a warning and every
/// available core.
void set_threads(int64_t requested, Console& console);

/// How many workers there are, how many threads each of them gets and how many images its networks
/// answer at once; one of each at least.
struct Workers {
  std::size_t count;
  int threads_each;
  std::size_t batch;
};

/// What the user asked for, 0 being a choice by the number of images: one worker for each thread,
/// unless there are so few images that some would have nothing to do, then one worker with all
/// threads; four images at once where workers have several threads, which small maps of one image
/// do not feed, and there are several times as many for each worker.
struct RequestedWorkers {
  int64_t count = 0;
  int64_t batch = 0;
};
Workers choose_workers(const RequestedWorkers& requested, std::size_t images);

/// From here on this thread's computations take as many threads as a worker has; to be called in
/// every worker's thread.
void set_threads_each(const Workers& workers);

}  // namespace cxrnet::app
