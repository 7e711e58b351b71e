// The lung segmenter: U-Net (Ronneberger et al. 2015; paper section III-A 1, Fig. 2) with batch
// normalisation.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "cxrnet/nn/conv_norm.h"
#include "cxrnet/nn/options.h"

namespace cxrnet::nn {

/// Two 3x3 convolutions with batch norm and ReLU.
class DoubleConvImpl : public torch::nn::Module {
 public:
  DoubleConvImpl(int64_t in_channels, int64_t out_channels);
  at::Tensor forward(const at::Tensor& input);

 private:
  ConvNorm block1_{nullptr};
  ConvNorm block2_{nullptr};
};
TORCH_MODULE(DoubleConv);

/// Upsampling is bilinear, then a 1x1 convolution halves the channels: a transposed convolution
/// weighs the four pixels of each 2x2 block with four unrelated kernels, which shows as a
/// checkerboard along mask borders.
class UNetImpl : public torch::nn::Module {
 public:
  explicit UNetImpl(const UNetOptions& options = {});

  /// `image` [N, 1, H, W] f32 in [0, 1], any size -> logits [N, 1, H, W] f32; sigmoid gives the
  /// lung probability.
  at::Tensor forward(const at::Tensor& image);

  const UNetOptions& options() const { return options_; }

 private:
  UNetOptions options_;
  std::vector<DoubleConv> down_;
  std::vector<torch::nn::Conv2d> reduce_;
  std::vector<DoubleConv> up_;
  torch::nn::Conv2d output_{nullptr};
};
TORCH_MODULE(UNet);

}  // namespace cxrnet::nn
