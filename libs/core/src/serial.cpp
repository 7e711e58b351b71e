#include "cxrnet/core/serial.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace cxrnet {

// Looked up by name, since each build of libtorch brings its own OpenMP library, or none. Not
// at::set_num_threads, which also sets what threads to come start with.
void compute_serially() {
  at::get_num_threads();  // ATen sets a new thread up on first use, and would undo what follows
  using SetThreads = void (*)(int);
  if (const auto set = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "omp_set_num_threads")))
    set(1);
}

}  // namespace cxrnet
