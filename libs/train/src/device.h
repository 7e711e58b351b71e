// The device that a run takes, and moving networks and batches there.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <torch/nn/module.h>

#include "cxrnet/train/options.h"

namespace cxrnet::train {

/// Errors: invalid_option when CUDA is asked for and libtorch has none.
at::Device resolve_device(Device wanted);

/// Moves the network there, four-dimensional weights in channels-last layout if asked for.
void place_network(torch::nn::Module& network, at::Device device, bool channels_last);

}  // namespace cxrnet::train
