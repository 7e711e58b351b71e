// How many threads tensor operations use.
#pragma once

namespace cxrnet {

/// Processors that this process may use (its affinity mask, not the machine's count).
int available_processors();

/// Lets tensor operations that this thread begins, and threads that have not computed yet, use
/// `threads` threads: the process's setting, to be made before there are other threads. Products of
/// matrices use one, since OpenBLAS's own threads busily wait for more; all are small but those of
/// the ablation with transposed convolutions.
/// Instead of at::set_num_threads, which makes a pool of busily waiting threads that no operation
/// here uses, and makes it anew for every thread that computes.
void set_process_threads(int threads);

/// The same for this thread's operations alone.
void set_own_threads(int threads);

/// While it lives, tensor operations that this thread begins run in it alone, where threads of our
/// own are the parallelism: teams of OpenMP threads under each would only fight over the cores.
class ComputeSerially {
 public:
  ComputeSerially();
  ~ComputeSerially();
  ComputeSerially(const ComputeSerially&) = delete;
  ComputeSerially& operator=(const ComputeSerially&) = delete;

 private:
  int threads_before_;
};

}  // namespace cxrnet
