// Small networks and questions that the tests of the explain layer share.
#pragma once

#include <ATen/ATen.h>

#include <array>

#include "cxrnet/explain/method.h"
#include "cxrnet/nn/cxr_net.h"

namespace cxrnet::explain::test {

inline constexpr std::array<nn::Architecture, 6> kArchitectures{
    nn::Architecture::alexnet,  nn::Architecture::vgg16,    nn::Architecture::vgg19,
    nn::Architecture::resnet34, nn::Architecture::resnet50, nn::Architecture::inception_v3};

inline nn::CxrNet small_network(nn::Architecture architecture) {
  nn::CxrNetOptions options;
  options.encoder.architecture = architecture;
  options.encoder.width = 0.125;
  options.decoder.widths = {8, 8, 8, 8, 8};
  at::manual_seed(5);
  return nn::CxrNet(options);
}

/// Every method in a few passes.
inline MethodOptions few_passes() {
  MethodOptions options;
  options.passes.batch_size = 8;
  options.gradients.smoothgrad_samples = 3;
  options.gradients.integrated_gradients_steps = 4;
  options.activations.score_cam_channels = 6;
  options.masking.rise_masks = 12;
  options.masking.occlusion_window = 32;
  options.masking.occlusion_stride = 32;
  options.masking.occlusion_fill = 0.5;
  return options;
}

}  // namespace cxrnet::explain::test
