// The method's own explanation: the representation image between the two encoders (paper, section
// III-B and Fig. 12 c).
#pragma once

#include <ATen/core/Tensor.h>

#include "cxrnet/nn/cxr_net.h"

namespace cxrnet::explain {

/// Logits and heat map of one forward pass.
struct Explanation {
  at::Tensor logits;  ///< [N, classes] f32
  at::Tensor heat;    ///< [N, 1, H, W] f32 in [0, 1]; bright = what the answer rests on
};

/// The representation image of `image` [N, 1, H, W] f32 in [0, 1]. It has no target class. The
/// model is left as it was: evaluation mode is set for the pass alone, no gradient is recorded.
/// Errors: invalid_shape.
Explanation explain_by_representation(nn::CxrNet& model, const at::Tensor& image);

}  // namespace cxrnet::explain
