// The two training losses of the paper, computed in f32 whatever the network ran in.
#pragma once

#include <torch/types.h>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/options.h"

namespace cxrnet::nn {

/// eq. (1) and (2): mean binary cross entropy - log Dice, Dice = (2 TP + 1) / (2 TP + FP + FN + 1)
/// with probabilities for counts, per image, then the mean over the batch; the added pixel keeps an
/// empty mask finite. `logits`, `mask` [N, 1, H, W], mask in [0, 1] -> scalar. Errors:
/// invalid_shape.
at::Tensor segmentation_loss(const at::Tensor& logits, const at::Tensor& mask,
                             DiceTerm dice_term = DiceTerm::minus_log);

/// eq. (6): - sum_i t_i log p_i, averaged over the batch. `logits`, `target_probabilities` [N, C];
/// with `class_weights` [C] the average is weighted: sum(w t (- log p)) / sum(w t). Errors:
/// invalid_shape.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target_probabilities,
                         const at::Tensor& class_weights = {});

/// eq. (5): the sum of both passes' cross entropies. Errors: invalid_shape, also when the second
/// pass was skipped.
at::Tensor fusion_loss(const CxrNetOutput& output, const at::Tensor& target_probabilities,
                       const at::Tensor& class_weights = {});

}  // namespace cxrnet::nn
