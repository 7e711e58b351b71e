#include "batch_norm_statistics.h"

#include <ATen/core/grad_mode.h>
#include <c10/util/Optional.h>
#include <torch/nn/modules/batchnorm.h>

#include <optional>
#include <vector>

namespace cxrnet::train {
namespace {

// All batch norms of a network in cumulative averaging, everything else in evaluation mode, while
// it lives.
class CumulativeAveraging {
 public:
  explicit CumulativeAveraging(torch::nn::Module& network)
      : network_(network), was_training_(network.is_training()) {
    network_.eval();
    for (const auto& module : network_.modules(/*include_self=*/false)) {
      auto norm = std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(module);
      if (!norm) continue;
      momenta_.push_back(norm->options.momentum());
      norm->options.momentum(c10::nullopt);  // nothing: the plain average over all batches
      norm->reset_running_stats();
      norm->train();
      norms_.push_back(std::move(norm));
    }
  }
  ~CumulativeAveraging() {
    for (std::size_t i = 0; i < norms_.size(); ++i) norms_[i]->options.momentum(momenta_[i]);
    network_.train(was_training_);
  }
  CumulativeAveraging(const CumulativeAveraging&) = delete;
  CumulativeAveraging& operator=(const CumulativeAveraging&) = delete;

 private:
  torch::nn::Module& network_;
  bool was_training_;
  std::vector<std::shared_ptr<torch::nn::BatchNorm2dImpl>> norms_;
  std::vector<c10::optional<double>> momenta_;
};

}  // namespace

void estimate_batch_norm_statistics(torch::nn::Module& network,
                                    const std::function<void()>& run_batches) {
  const at::NoGradGuard no_grad;
  const CumulativeAveraging averaging(network);
  run_batches();
}

}  // namespace cxrnet::train
