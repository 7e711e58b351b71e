// The layers of a network as a table, measured by running it.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/unet.h"

namespace cxrnet::nn {

struct LayerRow {
  std::string name;                   ///< module path, such as "encoder.layer1.0.conv1"
  std::string type;                   ///< such as "conv 3x3 /2", "batch norm", "linear"
  std::vector<int64_t> output_shape;  ///< [N, C, H, W] or [N, C]
  int64_t parameters;                 ///< trainable numbers
  int64_t macs;  ///< multiply-accumulates of convolutions and linear layers; 0 for others
};

struct LayerTable {
  std::vector<LayerRow> rows;  ///< in the order of execution
  int64_t parameters = 0;
  int64_t macs = 0;
};

/// Runs `run` and lists the layers of `module` that it went through; torch's own operator callbacks
/// observe it, so the table cannot differ from what is computed. `parameters` counts all of the
/// module's, whether they ran or not.
LayerTable describe_layers(const torch::nn::Module& module, const std::function<void()>& run);

/// One black image of `size` x `size` through the network in its evaluation mode: CxrNet's first
/// pass and decoder.
LayerTable describe_layers(CxrNet& network, int64_t size);
LayerTable describe_layers(UNet& network, int64_t size);

}  // namespace cxrnet::nn
