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

}  // namespace cxrnet::app
