// The method's own explanation: what the decoder draws between the two encoders (paper, section
// III-B and Fig. 12 c).
#pragma once

#include <ATen/core/Tensor.h>

#include "cxrnet/nn/forward.h"

namespace cxrnet::explain {

/// Logits and heat map of one forward pass.
struct Explanation {
  at::Tensor logits;  ///< [N, classes] f32
  at::Tensor heat;    ///< [N, 1, H, W] f32 in [0, 1]; bright = what the answer rests on
};

/// The heat map [N, 1, H, W] of class `target` [N] i64, or of the predicted one, in what a network
/// answered to images. Errors: invalid_option when it drew no representation.
at::Tensor heat_of_answer(const at::Tensor& representation, const at::Tensor& logits,
                          const at::Tensor& target = {});

/// The representation of `image` [N, 1, H, W] f32 in [0, 1]; where the network draws one for each
/// class, that of the predicted class. The model is left as it was, see method.h.
/// Errors: invalid_shape; invalid_option for a model without a decoder.
Explanation explain_by_representation(nn::CxrNet& model, const at::Tensor& image);

/// The same for the class `target` [N] i64.
Explanation explain_by_representation(nn::CxrNet& model, const at::Tensor& image,
                                      const at::Tensor& target);

}  // namespace cxrnet::explain
