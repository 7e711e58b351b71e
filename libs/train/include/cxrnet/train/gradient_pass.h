// Forward and backward pass of a training step.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>

#include "cxrnet/data/loader.h"
#include "cxrnet/train/adam.h"
#include "cxrnet/train/options.h"
#include "cxrnet/train/task.h"

namespace cxrnet::train {

class CudaGraph;

/// Computes a task's loss and its gradients, batch after batch. On a GPU the pass is recorded as a
/// CUDA graph once its shapes are known, and replayed: there the host, not the GPU, bounds small
/// steps. A replay computes what the pass computes, with new random numbers; shapes of another
/// batch are recorded anew.
class GradientPass {
 public:
  /// The network of `task` is on `device`. `options` say precision, layout, and whether a GPU's
  /// passes are recorded; they are not where libtorch has no CUDA, or the task cannot be recorded.
  /// `task` and `adam` must outlive the pass.
  GradientPass(Task& task, Adam& adam, at::Device device, const TrainingOptions& options);
  ~GradientPass();

  /// The loss of `batch`, a scalar on the device, good until the next run; its gradients are in the
  /// network's parameters then, and what was there before is gone. They must stay there: a replay
  /// writes these very tensors. The batch may be in host memory. Errors: the task's; internal when
  /// the pass cannot be recorded.
  at::Tensor run(const data::Batch& batch);
  bool is_recorded() const;

 private:
  void compute();
  void compute_on_graph();
  void record();
  void place(const data::Batch& batch);

  Task& task_;
  Adam& adam_;
  at::Device device_;
  bool is_bf16_, channels_last_;
  std::unique_ptr<CudaGraph> graph_;  // null when passes are not recorded
  data::Batch batch_;                 // on the device; a recording reads these very tensors,
  at::Tensor loss_;                   // and writes this one
  int runs_ = 0;                      // since the shapes changed
};

}  // namespace cxrnet::train
