// Lung segmentation (paper, section III-A): U-Net, loss = CE − log Dice, score = IoU.
#pragma once

#include "cxrnet/nn/options.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/train/task.h"

namespace cxrnet::train {

class SegmentationTask final : public Task {
 public:
  explicit SegmentationTask(nn::UNet network, nn::DiceTerm dice_term = nn::DiceTerm::minus_log)
      : network_(std::move(network)), dice_term_(dice_term) {}

  std::string_view name() const override { return "segmenter"; }
  nlohmann::json loss_options() const override;
  torch::nn::Module& network() override { return *network_; }
  bool needs_masks() const override { return true; }
  void prepare(const data::ShardDataset&, const std::vector<std::size_t>&,
               at::Device device) override;
  void run_as_deployed(const at::Tensor& image) override { network_->forward(image); }
  at::Tensor loss(const data::Batch& batch) override;
  /// score = mean IoU per image; figures: iou, loss.
  Validation validate(data::Loader& batches) override;

 private:
  nn::UNet network_;
  nn::DiceTerm dice_term_;
  at::Device device_ = at::kCPU;
};

}  // namespace cxrnet::train
