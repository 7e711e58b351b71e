// The decoder: paper section III-B a, eq. (3) and (4), Fig. 5. It draws the representation image
// from the encoder's five levels.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <vector>

#include "cxrnet/nn/conv_norm.h"
#include "cxrnet/nn/encoder.h"
#include "cxrnet/nn/options.h"

namespace cxrnet::nn {

/// U of eq. (3): a convolution to `out_channels`, and twice the sides. Pixel shuffle (Shi et al.
/// 2016): 1x1 convolution to four times the channels, whose values become 2x2 blocks; ICNR
/// initialisation (Aitken et al. 2017) makes the four pixels of each block equal at first, so that
/// no checkerboard appears.
class UpsampleImpl : public torch::nn::Module {
 public:
  UpsampleImpl(int64_t in_channels, int64_t out_channels,
               Upsampling upsampling = Upsampling::pixel_shuffle);

  at::Tensor forward(const at::Tensor& input);  ///< [N, in, H, W] -> [N, out, 2H, 2W]

 private:
  Upsampling upsampling_;
  torch::nn::Conv2d conv_{nullptr};                      // pixel_shuffle, nearest
  torch::nn::ConvTranspose2d transposed_conv_{nullptr};  // transposed
};
TORCH_MODULE(Upsample);

/// One level of eq. (3): Decoder_n = F(U(Decoder_n-1) + Encoder_4-n), "+" being concatenation.
class DecoderBlockImpl : public torch::nn::Module {
 public:
  /// Without skip connection (`skip_channels` 0) the skip map gives the size alone.
  DecoderBlockImpl(int64_t in_channels, int64_t skip_channels, int64_t out_channels,
                   Upsampling upsampling = Upsampling::pixel_shuffle);

  /// `input` [N, in, h, w], `skip` [N, skip, H, W] -> [N, out, H, W]; the upsampled map is resized
  /// where 2h x 2w differs.
  at::Tensor forward(const at::Tensor& input, const at::Tensor& skip);

 private:
  bool has_skip_;
  Upsample upsample_{nullptr};
  ConvNorm block1_{nullptr};
  ConvNorm block2_{nullptr};
};
TORCH_MODULE(DecoderBlock);

/// Five decoder levels over the encoder's levels 4, 3, 2, 1 and the image itself.
class DecoderImpl : public torch::nn::Module {
 public:
  /// `maps`: channels that it draws. Errors: invalid_option unless there are five widths.
  DecoderImpl(const std::array<int64_t, kLevels>& encoder_channels, const DecoderOptions& options,
              int64_t maps = 1);

  /// `image` [N, 1, H, W] in [0, 1], `features` of it -> logits of the maps [N, maps, H, W] f32.
  at::Tensor forward(const at::Tensor& image, const Encoder::Levels& features);

 private:
  std::vector<DecoderBlock> levels_;
  torch::nn::Conv2d output_{nullptr};
};
TORCH_MODULE(Decoder);

}  // namespace cxrnet::nn
