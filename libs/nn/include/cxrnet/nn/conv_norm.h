// Convolution, batch normalisation, rectifier: the block of the decoder, of the U-Net and of
// Inception.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <array>
#include <cstdint>

namespace cxrnet::nn {

struct ConvNormOptions {
  int64_t in_channels;
  int64_t out_channels;
  std::array<int64_t, 2> kernel{3, 3};   ///< height, width
  std::array<int64_t, 2> padding{1, 1};  ///< height, width; zeros
  int64_t stride = 1;
  double norm_epsilon = 1e-5;
  double negative_slope = 0.0;  ///< of the leaky rectifier, eq. (4); 0 is the plain one
};

/// Submodules `conv` (without bias) and `bn`, named as torchvision's BasicConv2d.
class ConvNormImpl : public torch::nn::Module {
 public:
  explicit ConvNormImpl(const ConvNormOptions& options);

  at::Tensor forward(const at::Tensor& input);  ///< [N, in, H, W] -> [N, out, H', W']

  double negative_slope() const { return negative_slope_; }

 private:
  double negative_slope_;
  torch::nn::Conv2d conv_{nullptr};
  torch::nn::BatchNorm2d bn_{nullptr};
};
TORCH_MODULE(ConvNorm);

}  // namespace cxrnet::nn
