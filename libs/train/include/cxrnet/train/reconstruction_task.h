// Autoencoding, which needs no labels: encoder and decoder learn to draw what was hidden from them
// (Pathak et al. 2016; He et al. 2022). A classifier may start from the result (warm_start.h).
#pragma once

#include "cxrnet/core/random.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/train/task.h"

namespace cxrnet::train {

/// Of every image a random half of the cells, drawn from libtorch's global generator, is replaced
/// by its strong blur; the loss is the mean absolute error of the drawn image there.
class ReconstructionTask final : public Task {
 public:
  /// Errors: invalid_option unless the network's representation is an image.
  explicit ReconstructionTask(nn::CxrNet network);

  std::string_view name() const override { return "autoencoder"; }
  nlohmann::json loss_options() const override { return nlohmann::json::object(); }
  torch::nn::Module& network() override { return *network_; }
  bool needs_masks() const override { return false; }
  void prepare(const data::ShardDataset&, const std::vector<std::size_t>&,
               at::Device device) override;
  void run_as_deployed(const at::Tensor& image) override;
  at::Tensor loss(const data::Batch& batch) override;
  bool can_be_recorded() const override { return false; }  // the host draws what is hidden
  /// score = -error; figures: error (of what was hidden, the same cells in every epoch) and
  /// blur_error (that of leaving the blur).
  Validation validate(data::Loader& batches) override;

 private:
  nn::CxrNet network_;
  at::Device device_ = at::kCPU;
};

}  // namespace cxrnet::train
