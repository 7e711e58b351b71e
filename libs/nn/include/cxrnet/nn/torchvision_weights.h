// Pretrained encoder weights: a torchvision state dict, stored as safetensors.
#pragma once

#include <string>
#include <vector>

#include "cxrnet/core/safetensors.h"
#include "cxrnet/nn/encoder.h"

namespace cxrnet::nn {

struct LoadReport {
  std::vector<std::string> loaded;   ///< names of the tensors that were copied
  std::vector<std::string> ignored;  ///< classifier, auxiliary head and batch counters
  bool folded = false;               ///< three input channels were summed into one
};

/// Copies a torchvision state dict into `encoder`. `fc.*`, `classifier.*`, `AuxLogits.*` and
/// `*.num_batches_tracked` are ignored; a grey encoder takes the sum over the first convolution's
/// input channels, which equals feeding the grey image three times. Nothing is copied unless
/// everything fits. Errors: corrupt_model for a missing or unknown name or another shape.
LoadReport load_torchvision_weights(Encoder& encoder, const Safetensors& weights);

}  // namespace cxrnet::nn
