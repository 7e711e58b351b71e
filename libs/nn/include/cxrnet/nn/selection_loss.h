// How a decoder learns to select (docs/adr/009): the cells that it keeps must let the encoder
// recognise the class, what remains without them must not, and few cells must do. Close relatives:
// Dabkowski and Gal 2017 (real-time saliency), Fong, Patrick and Vedaldi 2019 (extremal
// perturbations), Jethani et al. 2021 (on explanations that encode the prediction).
#pragma once

#include <torch/types.h>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/options.h"

namespace cxrnet::nn {

/// Draws a selection: 1 with probability sigmoid(logits), else 0, as f32 of the same shape. The
/// gradient is that of the concrete relaxation (Maddison et al. 2017; Jang et al. 2017) at the same
/// noise: straight through. Draws from libtorch's global generator.
at::Tensor sample_selection(const at::Tensor& logits, double temperature);

/// Moves an image's logits so that a share of its cells drawn at random is likelier selected than
/// not, the most important ones first; the threshold passes no gradient. Cells of which nothing is
/// shown do not count. `logits`, `shown` (shown_share) [N, 1, h, w]. Draws from libtorch's global
/// generator. Errors: invalid_shape.
at::Tensor at_random_size(const at::Tensor& logits, const at::Tensor& shown);

/// Per image in [0, 1]: the mean absolute difference between neighbours across and down, each pair
/// weighed by what is shown of both, so that the lungs' outline costs nothing. `selection`, `shown`
/// (shown_share) [N, 1, h, w] -> [N]. Errors: invalid_shape.
at::Tensor total_variation(const at::Tensor& selection, const at::Tensor& shown);

/// `image` where `selection` is 1, its strong blur where it is 0; cells are stretched to pixels.
/// `image` [N, 1, H, W], `selection` [N, 1, h, w] in [0, 1] -> [N, 1, H, W].
/// Errors: invalid_shape.
at::Tensor keep_selected(const at::Tensor& image, const at::Tensor& selection);

/// Encoder's cross entropy plus the selection's terms, scalar. The encoder learns from the first
/// alone: the decoder sees its features detached, and judges its selection by an encoder whose
/// weights and statistics that pass leaves alone, so that the two cannot agree on a code. Of the
/// images asked at a random size the order of cells counts, of the others their number, too.
/// `image` [N, 1, H, W], `target_probabilities` [N, classes]; `class_weights` as cross_entropy's.
/// Errors: invalid_shape; invalid_option unless the network selects.
at::Tensor selection_loss(CxrNet& network, const at::Tensor& image,
                          const at::Tensor& target_probabilities, const at::Tensor& class_weights,
                          const SelectionLossOptions& options);

}  // namespace cxrnet::nn
