// Weights from scratch. Random numbers come from torch's default generator: torch::manual_seed
// makes them repeat.
#pragma once

#include <torch/nn/module.h>

namespace cxrnet::nn {

/// Convolutions below `module`: normal with variance 2 / fan_out (He et al. 2015), bias 0; batch
/// norms: 1 and 0. Linear layers keep torch's default, as torchvision's do.
void initialise_weights(torch::nn::Module& module);

/// Stores the convolution weights below `module` channels-last: the layout in which CPUs and GPUs
/// run bf16 fastest.
void use_channels_last(torch::nn::Module& module);

}  // namespace cxrnet::nn
