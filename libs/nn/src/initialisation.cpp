#include "cxrnet/nn/initialisation.h"

#include <torch/nn/init.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

namespace cxrnet::nn {

void initialise_weights(torch::nn::Module& module) {
  for (const auto& child : module.modules(/*include_self=*/false)) {
    if (auto* conv = child->as<torch::nn::Conv2d>()) {
      torch::nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
      if (conv->bias.defined()) torch::nn::init::zeros_(conv->bias);
    } else if (auto* norm = child->as<torch::nn::BatchNorm2d>()) {
      torch::nn::init::ones_(norm->weight);
      torch::nn::init::zeros_(norm->bias);
    }
  }
}

void use_channels_last(torch::nn::Module& module) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() != 4) continue;
    // Not contiguous(): it leaves the weights of one input channel as they are, which then pass for
    // planar ones, and the whole stem behind them with them.
    auto stored = at::empty(parameter.sizes(), parameter.options(), at::MemoryFormat::ChannelsLast);
    parameter.set_data(stored.copy_(parameter));
  }
}

}  // namespace cxrnet::nn
