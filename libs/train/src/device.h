// The device that a run takes, and moving networks and batches there.
#pragma once

#include <c10/core/Device.h>
#include <torch/nn/module.h>

#include "cxrnet/data/loader.h"
#include "cxrnet/train/options.h"

namespace cxrnet::train {

/// Errors: invalid_option when CUDA is asked for and libtorch has none.
at::Device resolve_device(Device wanted);

/// Moves the network there, four-dimensional weights in channels-last layout if asked for.
void place_network(torch::nn::Module& network, at::Device device, bool channels_last);

/// The batch's tensors there, images in channels-last layout if asked for. The host does not wait
/// for what a GPU copies from page-locked memory.
data::Batch on_device(data::Batch batch, at::Device device, bool channels_last);

}  // namespace cxrnet::train
