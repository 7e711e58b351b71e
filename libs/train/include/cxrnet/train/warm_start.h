// Starting from weights that another run has learnt.
#pragma once

#include "cxrnet/nn/forward.h"

namespace cxrnet::train {

/// Copies encoder and head of `source`, parameters and statistics, into `network`, and of its
/// decoder the tensors that both have in the same shape (another representation draws other maps).
/// Errors: invalid_option when the encoders or heads differ.
void start_from(nn::CxrNet& network, const nn::CxrNet& source);

/// Copies all of `source`. Errors: invalid_option when its width or levels differ.
void start_from(nn::UNet& network, const nn::UNet& source);

}  // namespace cxrnet::train
