// How a decoder learns to select (docs/adr/009): the cells that it keeps must let the encoder
// recognise the class, what remains without them must not, and few cells must do. Close relatives:
// Dabkowski and Gal 2017 (real-time saliency), Fong, Patrick and Vedaldi 2019 (extremal
// perturbations), Jethani et al. 2021 (on explanations that encode the prediction).
#pragma once

#include <torch/types.h>

#include "cxrnet/core/options.h"
#include "cxrnet/nn/cxr_net.h"

namespace cxrnet::nn {

/// Weights of the terms beside the cross entropy of the kept part, whose weight is 1; 0 leaves a
/// term out.
struct SelectionLossOptions {
  double removed = 1.0;      // of - log (1 - p(class)) without the selected cells
  double area = 1.2;         // of the share of cells that are selected
  double variation = 0.3;    // of the mean difference between neighbouring cells
  double temperature = 0.5;  // of the concrete relaxation; lower is closer to a step

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.removed, Field{"selection-removed",
                              "weight of losing the class without the selected cells",
                              {.minimum = 0.0, .maximum = 100.0}});
    visit(self.area, Field{"selection-area",
                           "weight of the share of cells that are selected",
                           {.minimum = 0.0, .maximum = 100.0}});
    visit(self.variation, Field{"selection-variation",
                                "weight of differences between neighbouring cells",
                                {.minimum = 0.0, .maximum = 100.0}});
    visit(self.temperature, Field{"selection-temperature",
                                  "temperature of the random selection; lower is closer to a step",
                                  {.maximum = 10.0, .above = 0.0}});
  }
};

/// Draws a selection: 1 with probability sigmoid(logits), else 0, as f32 of the same shape. The
/// gradient is that of the concrete relaxation (Maddison et al. 2017; Jang et al. 2017) at the same
/// noise: straight through. Draws from libtorch's global generator.
at::Tensor sample_selection(const at::Tensor& logits, double temperature);

/// Per image in [0, 1]: the mean absolute difference between neighbours across and down.
/// `selection` [N, 1, h, w] -> [N]. Errors: invalid_shape.
at::Tensor total_variation(const at::Tensor& selection);

/// `image` where `selection` is 1, its strong blur where it is 0; cells are stretched to pixels.
/// `image` [N, 1, H, W], `selection` [N, 1, h, w] in [0, 1] -> [N, 1, H, W].
/// Errors: invalid_shape.
at::Tensor keep_selected(const at::Tensor& image, const at::Tensor& selection);

/// Encoder's cross entropy plus the selection's terms, scalar. The encoder learns from the first
/// alone: the decoder sees its features detached, and judges its selection by an encoder whose
/// weights and statistics that pass leaves alone, so that the two cannot agree on a code.
/// `image` [N, 1, H, W], `target_probabilities` [N, classes]; `class_weights` as cross_entropy's.
/// Errors: invalid_shape; invalid_option unless the network selects.
at::Tensor selection_loss(CxrNet& network, const at::Tensor& image,
                          const at::Tensor& target_probabilities, const at::Tensor& class_weights,
                          const SelectionLossOptions& options);

}  // namespace cxrnet::nn
