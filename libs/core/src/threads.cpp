#include "cxrnet/core/threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

namespace cxrnet {
namespace {

// Looked up by name, since each build of libtorch brings its own OpenMP and BLAS libraries, or
// none.
void call_if_loaded(const char* name, int threads) {
  using SetThreads = void (*)(int);
  if (const auto set = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, name))) set(threads);
}

}  // namespace

int available_processors() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (::sched_getaffinity(0, sizeof(processors), &processors) == 0)
    return std::max(1, CPU_COUNT(&processors));
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void set_process_threads(int threads) {
  ::setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);  // what ATen gives new threads
  call_if_loaded("openblas_set_num_threads", 1);
  set_own_threads(threads);
}

void set_own_threads(int threads) {
  at::get_num_threads();  // ATen sets a new thread up on first use, and would undo what follows
  call_if_loaded("omp_set_num_threads", threads);
}

ComputeSerially::ComputeSerially() : threads_before_(at::get_num_threads()) { set_own_threads(1); }

ComputeSerially::~ComputeSerially() { set_own_threads(threads_before_); }

}  // namespace cxrnet
