// How many threads the tensor library uses.
#pragma once

#include <cstdint>

namespace cxrnet::app {

class Console;

/// CPU cores that this process may use (its affinity mask, not the machine's count).
int64_t available_cores();

/// Sets libtorch's threads. 0: every available core; more than available: a warning and every
/// available core.
void set_threads(int64_t requested, Console& console);

/// How many images are worked on at once, and how many threads each of them gets; one at
/// least.
struct Workers {
  std::size_t count;
  int threads_each;
};

/// `requested` workers; 0 is one for each thread, unless there are so few images that some would
/// have nothing to do: then one worker with all threads.
Workers choose_workers(int64_t requested, std::size_t images);

/// From here on each worker's computations take that many threads. Also to be called once in every
/// worker's thread.
void set_threads_each(const Workers& workers);

}  // namespace cxrnet::app
