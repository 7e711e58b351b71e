#include "cxrnet/nn/losses.h"

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"

namespace cxrnet::nn {
namespace {

// DEVIATION: adr-020, one pixel is added to both sides of Dice, eq. (2).
constexpr double kSmoothing = 1.0;  // pixels

}  // namespace

at::Tensor segmentation_loss(const at::Tensor& logits, const at::Tensor& mask, DiceTerm dice_term) {
  require_shape(logits, {-1, 1, -1, -1}, "logits");
  require_shape(mask, {logits.size(0), 1, logits.size(2), logits.size(3)}, "mask");
  const auto scores = logits.to(at::kFloat);
  const auto truth = mask.to(at::kFloat);
  const auto cross_entropy = at::binary_cross_entropy_with_logits(scores, truth);
  const auto probability = scores.sigmoid();
  const auto true_positive = (probability * truth).sum({1, 2, 3});
  const auto predicted_and_actual =
      probability.sum({1, 2, 3}) + truth.sum({1, 2, 3});  // 2 TP + FP + FN
  const auto dice = (2 * true_positive + kSmoothing) / (predicted_and_actual + kSmoothing);
  return dice_term == DiceTerm::linear ? cross_entropy + (1.0 - dice).mean()
                                       : cross_entropy - dice.log().mean();
}

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target_probabilities,
                         const at::Tensor& class_weights) {
  require_shape(logits, {-1, -1}, "logits");
  require_shape(target_probabilities, {logits.size(0), logits.size(1)}, "target probabilities");
  auto target = target_probabilities.to(at::kFloat);
  if (class_weights.defined()) {
    require_shape(class_weights, {logits.size(1)}, "class weights");
    target = target * class_weights;
  }
  const auto log_probability = logits.to(at::kFloat).log_softmax(1);
  return -(target * log_probability).sum() / target.sum();
}

at::Tensor fusion_loss(const CxrNetOutput& output, const at::Tensor& target_probabilities,
                       const at::Tensor& class_weights) {
  return cross_entropy(output.logits, target_probabilities, class_weights) +
         cross_entropy(output.representation_logits, target_probabilities, class_weights);
}

}  // namespace cxrnet::nn
