// Four-class diagnosis (paper, section III-B): CXR-Net with the fusion loss, eq. (5).
#pragma once

#include <vector>

#include "cxrnet/metrics/classification.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/train/task.h"

namespace cxrnet::train {

class ClassificationTask final : public Task {
 public:
  /// `weigh_classes`: the loss weighs each class by the inverse of its share among the training
  /// images.
  ClassificationTask(nn::CxrNet network, bool weigh_classes)
      : network_(std::move(network)), weigh_classes_(weigh_classes) {}

  std::string_view name() const override { return "classifier"; }
  torch::nn::Module& network() override { return *network_; }
  bool needs_masks() const override { return false; }
  void prepare(const data::ShardDataset& dataset, const std::vector<std::size_t>& training,
               at::Device device) override;
  void run_as_deployed(const at::Tensor& image) override { network_->explain(image); }
  at::Tensor loss(const data::Batch& batch) override;
  /// score = macro F1 of encoder 1; figures: accuracy, macro_f1, loss, representation_accuracy (the
  /// second pass).
  Validation validate(data::Loader& batches) override;

 private:
  nn::CxrNet network_;
  bool weigh_classes_;
  at::Device device_ = at::kCPU;
  at::Tensor class_weights_;  // [classes] f32, or undefined
};

}  // namespace cxrnet::train
