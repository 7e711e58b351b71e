// Work on a GPU that is recorded once and begun again as a whole: one call of the host instead of a
// thousand.
#pragma once

#include <functional>
#include <memory>

namespace cxrnet::train {

/// What runs is up to `work`, which may be called with no argument any number of times; it must not
/// wait for the GPU, nor draw random numbers of the host's. Errors: internal without support.
class CudaGraph {
 public:
  /// Whether libtorch came with CUDA when this was built, at version 2.1 or later.
  static bool is_supported();

  CudaGraph();
  ~CudaGraph();
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  /// Runs `work` on the graph's own stream, after what has been begun and before what will be.
  void run(const std::function<void()>& work);
  /// Notes what `work` begins on the GPU, and begins nothing of it. Tensors that it makes keep
  /// their places until forget(): each replay() writes them anew.
  void record(const std::function<void()>& work);
  bool is_recorded() const;
  void replay();
  void forget();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cxrnet::train
