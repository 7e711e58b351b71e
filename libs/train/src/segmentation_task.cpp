#include "cxrnet/train/segmentation_task.h"

#include <ATen/Functions.h>

#include "cxrnet/nn/losses.h"

namespace cxrnet::train {
namespace {

// eq. (7) per image: [N] f32; an image whose mask and prediction are both empty counts as 1.
at::Tensor intersection_over_union(const at::Tensor& predicted, const at::Tensor& actual) {
  const auto overlap = predicted.logical_and(actual).flatten(1).sum(1).to(at::kFloat);
  const auto joined = predicted.logical_or(actual).flatten(1).sum(1).to(at::kFloat);
  return at::where(joined > 0, overlap / joined.clamp_min(1), at::ones_like(joined));
}

}  // namespace

nlohmann::json SegmentationTask::loss_options() const {
  return {{"dice-term", to_string(dice_term_)}};
}

void SegmentationTask::prepare(const data::ShardDataset&, const std::vector<std::size_t>&,
                               at::Device device) {
  device_ = device;
}

at::Tensor SegmentationTask::loss(const data::Batch& batch) {
  return nn::segmentation_loss(network_->forward(batch.image), batch.mask, dice_term_);
}

Validation SegmentationTask::validate(data::Loader& batches) {
  double overlap = 0.0;
  double loss = 0.0;
  int64_t images = 0;
  while (const auto batch = batches.next()) {
    const auto mask = batch->mask.to(device_);
    const auto logits = network_->forward(batch->image.to(device_));
    overlap += intersection_over_union(logits > 0, mask > 0.5).sum().item<double>();
    loss += nn::segmentation_loss(logits, mask, dice_term_).item<double>() *
            static_cast<double>(mask.size(0));
    images += mask.size(0);
  }
  const double count = static_cast<double>(images);
  return {.score = overlap / count, .figures = {{"iou", overlap / count}, {"loss", loss / count}}};
}

}  // namespace cxrnet::train
