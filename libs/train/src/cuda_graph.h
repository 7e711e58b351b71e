// Work on a GPU that is recorded once and begun again as a whole: one call of the host instead of a
// thousand.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace cxrnet::train {

/// `work` must not wait for the GPU, nor depend on the host's random numbers. Needs a libtorch with
/// CUDA, from version 2.1; is_supported() tells. Errors: internal without it.
class CudaGraph {
 public:
  static bool is_supported();

  explicit CudaGraph(at::Device gpu);
  ~CudaGraph();
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  /// Runs `work` on the graph's own stream, after what has been begun and before what will be.
  void run(const std::function<void()>& work);
  /// Notes what `work` begins on the GPU, and begins nothing of it. Tensors that it makes keep
  /// their places until forget(): each replay() writes them anew. After an error this process must
  /// not record again.
  void record(const std::function<void()>& work);
  bool is_recorded() const;
  void replay();
  void forget();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cxrnet::train
