#include "cxrnet/train/gradient_pass.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>

#include <string>

#include "cuda_graph.h"
#include "cxrnet/core/error.h"
#include "cxrnet/train/autocast.h"
#include "device.h"

namespace cxrnet::train {
namespace {

constexpr int kRunsBeforeRecording = 3;  // in which libraries choose kernels and take workspaces

// cuDNN tries its kernels for each new shape while this lives. A graph's shapes come back for long.
class KernelTrials {
 public:
  KernelTrials() : before_(at::globalContext().benchmarkCuDNN()) {
    at::globalContext().setBenchmarkCuDNN(true);
  }
  ~KernelTrials() { at::globalContext().setBenchmarkCuDNN(before_); }
  KernelTrials(const KernelTrials&) = delete;
  KernelTrials& operator=(const KernelTrials&) = delete;

 private:
  bool before_;
};

bool have_equal_shapes(const at::Tensor& one, const at::Tensor& other) {
  return one.defined() == other.defined() && (!one.defined() || one.sizes() == other.sizes());
}

}  // namespace

GradientPass::GradientPass(Task& task, Adam& adam, at::Device device,
                           const TrainingOptions& options)
    : task_(task),
      adam_(adam),
      device_(device),
      is_bf16_(options.precision == Precision::bf16),
      channels_last_(options.channels_last) {
  const bool recorded = device.is_cuda() && options.cuda_graphs && task.can_be_recorded();
  if (recorded && CudaGraph::is_supported()) graph_ = std::make_unique<CudaGraph>(device);
}

GradientPass::~GradientPass() = default;

bool GradientPass::is_recorded() const { return graph_ && graph_->is_recorded(); }

at::Tensor GradientPass::run(const data::Batch& batch) {
  place(batch);
  if (graph_) {
    compute_on_graph();
  } else {
    compute();
  }
  return loss_;
}

void GradientPass::compute() {
  adam_.zero_gradients();
  at::Tensor loss;
  {
    const AutocastGuard autocast(device_.type(), is_bf16_);
    loss = task_.loss(batch_);
  }
  loss.backward();
  loss_ = loss.detach();
}

void GradientPass::compute_on_graph() {
  if (!graph_->is_recorded()) {
    const KernelTrials trials;
    if (runs_ < kRunsBeforeRecording) {
      ++runs_;
      graph_->run([this] { compute(); });
      return;
    }
    record();
  }
  graph_->replay();
}

void GradientPass::record() {
  adam_.zero_gradients();
  loss_ = at::Tensor();
  try {
    graph_->record([this] { compute(); });
  } catch (const c10::Error& error) {
    if (current_error().code() == ErrorCode::out_of_memory) throw current_error();
    const std::string message = error.what_without_backtrace();
    throw Error(ErrorCode::internal, "training: expected a step that a CUDA graph can hold, got: " +
                                         message.substr(0, message.find('\n')) +
                                         "; use --no-cuda-graphs, or a smaller --batch-size");
  }
}

// A recording reads these tensors: a batch of the same shapes is copied into them, never taken.
void GradientPass::place(const data::Batch& batch) {
  const bool fits = graph_ && have_equal_shapes(batch.image, batch_.image) &&
                    have_equal_shapes(batch.target, batch_.target) &&
                    have_equal_shapes(batch.mask, batch_.mask);
  if (fits) {
    batch_.image.copy_(batch.image, /*non_blocking=*/true);
    batch_.target.copy_(batch.target, /*non_blocking=*/true);
    if (batch.mask.defined()) batch_.mask.copy_(batch.mask, /*non_blocking=*/true);
    batch_.indices = batch.indices;
    batch_.number = batch.number;
    return;
  }
  if (is_recorded()) {
    adam_.zero_gradients();  // they lie in the recording
    graph_->forget();
  }
  runs_ = 0;
  batch_ = on_device(batch, device_, channels_last_);
  if (!graph_) return;
  for (auto* tensor : {&batch_.image, &batch_.target, &batch_.mask})
    if (tensor->defined()) *tensor = tensor->clone();  // the caller's own, if it was there already
}

}  // namespace cxrnet::train
