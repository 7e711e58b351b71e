// The tensors of a network and of a checkpoint, by name.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <string>
#include <utility>
#include <vector>

#include "cxrnet/core/safetensors.h"

namespace cxrnet::train {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Parameters and buffers; they share memory with the network.
NamedTensors state_of(const torch::nn::Module& network);

/// Copies the checkpoint's tensor `name` into `destination`. Errors: corrupt_model when absent or
/// of another shape.
void copy_tensor(const Safetensors& checkpoint, const std::string& name, at::Tensor& destination);

}  // namespace cxrnet::train
