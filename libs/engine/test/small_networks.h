// Networks with random weights, batch-norm statistics included, small enough to run often.
#pragma once

#include <ATen/ATen.h>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/unet.h"

namespace cxrnet::engine::test {

// Statistics as a trained network has them: near those of the maps, so that deep maps neither
// vanish nor explode.
inline void randomise_norms(torch::nn::Module& network) {
  const at::NoGradGuard no_grad;
  for (auto& item : network.named_parameters()) {
    if (item.value().dim() == 1) item.value().copy_(at::rand_like(item.value()).mul(0.4).add(0.3));
  }
  for (auto& item : network.named_buffers()) {
    if (item.value().dim() == 1) item.value().copy_(at::rand_like(item.value()).mul(0.4).add(0.8));
  }
}

inline nn::CxrNetOptions small_options(nn::Architecture architecture) {
  return {.encoder = {.architecture = architecture, .width = 0.25},
          .decoder = {.widths = {32, 32, 16, 16, 8}}};
}

inline nn::CxrNet make_network(const nn::CxrNetOptions& options) {
  at::manual_seed(3);
  nn::CxrNet network(options);
  randomise_norms(*network);
  network->eval();
  return network;
}

inline nn::UNet make_segmenter(const nn::UNetOptions& options) {
  at::manual_seed(4);
  nn::UNet network(options);
  randomise_norms(*network);
  network->eval();
  return network;
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace cxrnet::engine::test
