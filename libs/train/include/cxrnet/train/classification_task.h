// Four-class diagnosis (paper, section III-B). The network's representation tells the loss: an
// image the fusion loss, eq. (5); a selection the selection loss (docs/adr/009); none the cross
// entropy. Drawing the lungs can be a third task beside the fusion loss's two.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cxrnet/metrics/classification.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/options.h"
#include "cxrnet/train/task.h"
#include "cxrnet/train/teachers.h"

namespace cxrnet::train {

/// Drawing the lungs as a third task.
struct LungTask {
  double weight = 0.0;  ///< >= 0, of the segmentation loss; 0: no such task
  nn::DiceTerm dice_term = nn::DiceTerm::minus_log;
};

class ClassificationTask final : public Task {
 public:
  /// `weigh_classes`: the loss weighs each class by the inverse of its share among the training
  /// images. `teachers` have a share in the targets. `lungs`: the segmentation loss of the
  /// representation image against the mask; batches need masks then. Errors: invalid_option for
  /// a lung task without a representation image.
  ClassificationTask(nn::CxrNet network, bool weigh_classes,
                     const nn::SelectionLossOptions& selection = {}, Teachers teachers = {},
                     const LungTask& lungs = {});

  std::string_view name() const override { return "classifier"; }
  nlohmann::json loss_options() const override;
  torch::nn::Module& network() override { return *network_; }
  bool needs_masks() const override { return lungs_.weight > 0.0; }
  void prepare(const data::ShardDataset& dataset, const std::vector<std::size_t>& training,
               at::Device device) override;
  void run_as_deployed(const at::Tensor& image) override { network_->explain(image); }
  at::Tensor loss(const data::Batch& batch) override;
  /// score = macro F1 of encoder 1; figures: accuracy, macro_f1, loss. With a representation image
  /// also representation_accuracy (the second pass), with lungs lung_dice; with a selection
  /// kept_accuracy and removed_accuracy (what the network says of the selected cells alone, and
  /// without them) and selected_share.
  Validation validate(data::Loader& batches) override;

 private:
  at::Tensor lung_loss(const nn::CxrNetOutput& output, const at::Tensor& mask) const;
  void add_figures_of_representation(const at::Tensor& image, const nn::CxrNetOutput& output,
                                     const at::Tensor& actual, std::map<std::string, double>& sums);

  nn::CxrNet network_;
  bool weigh_classes_;
  nn::SelectionLossOptions selection_;
  Teachers teachers_;
  LungTask lungs_;
  at::Device device_ = at::kCPU;
  at::Tensor class_weights_;  // [classes] f32, or undefined
};

}  // namespace cxrnet::train
