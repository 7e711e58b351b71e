// A model with random weights that any test can afford.
#pragma once

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>

#include <cstdint>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/unet.h"

namespace cxrnet::pipeline {

// The same weights each time; no segmenter.
inline nn::ModelFile small_model(int64_t size, nn::Arm arm = nn::Arm::original,
                                 nn::Aspect aspect = nn::Aspect::squeeze) {
  at::manual_seed(7);
  nn::CxrNetOptions options;
  options.encoder.architecture = nn::Architecture::resnet34;
  options.encoder.width = 0.125;
  options.decoder.widths = {8, 8, 8, 8, 8};
  nn::ModelFile model;
  model.name = "small";
  model.classifier = nn::CxrNet(options);
  model.classifier->eval();
  model.preprocessing.size = size;
  model.preprocessing.aspect = aspect;
  model.preprocessing.arm = arm;
  return model;
}

// A U-Net whose logit is `bias` everywhere: its last layer reads nothing, unless a test tells it
// to.
inline nn::UNet constant_segmenter(float bias) {
  at::manual_seed(1);
  nn::UNet network(nn::UNetOptions{.base_width = 2, .levels = 2});
  const at::NoGradGuard no_grad;
  network->named_parameters()["output.weight"].zero_();
  network->named_parameters()["output.bias"].fill_(bias);
  network->eval();
  return network;
}

}  // namespace cxrnet::pipeline
