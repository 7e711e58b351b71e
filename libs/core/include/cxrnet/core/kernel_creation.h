// Which threads may have oneDNN make kernels at the same time.
#pragma once

#include <mutex>
#include <shared_mutex>

namespace cxrnet {

/// Held while networks are checked, traced or compiled. oneDNN 2.6 lays a convolution out
/// with a figure of its numbers' type that all threads share (brg_blocking_t::last_ic_block_size):
/// one of f32 made beside one of bf16 or int8 now and then computes something else, with no error,
/// and stays in oneDNN's cache. Kernels of f32 may be made side by side, others alone. Do not nest.
class KernelCreation {
 public:
  enum class Numbers { f32, others };
  explicit KernelCreation(Numbers numbers);

 private:
  std::shared_lock<std::shared_mutex> side_by_side_;
  std::unique_lock<std::shared_mutex> alone_;
};

}  // namespace cxrnet
