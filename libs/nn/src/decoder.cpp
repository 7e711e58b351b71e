#include "cxrnet/nn/decoder.h"

#include <torch/nn/functional/upsampling.h>
#include <torch/nn/init.h>

#include <string>

#include "cxrnet/core/shape.h"
#include "cxrnet/nn/initialisation.h"

namespace cxrnet::nn {
namespace {

constexpr int64_t kUpscale = 2;
constexpr double kNegativeSlope = 0.1;  // eq. (4)

// ICNR: the kernels of the pixels that shuffle into one block are copies of one kernel.
void initialise_icnr(torch::nn::Conv2d& conv) {
  constexpr int64_t kBlock = kUpscale * kUpscale;
  const at::NoGradGuard no_grad;
  const auto& weight = conv->weight;
  auto kernels = at::empty({weight.size(0) / kBlock, weight.size(1), 1, 1}, weight.options());
  torch::nn::init::kaiming_normal_(kernels);
  weight.copy_(kernels.repeat_interleave(kBlock, 0));
  torch::nn::init::zeros_(conv->bias);
}

at::Tensor resize_to(const at::Tensor& map, at::IntArrayRef size) {
  if (map.size(2) == size[0] && map.size(3) == size[1]) return map;
  namespace F = torch::nn::functional;
  return F::interpolate(map, F::InterpolateFuncOptions()
                                 .size(std::vector<int64_t>{size[0], size[1]})
                                 .mode(torch::kBilinear)
                                 .align_corners(false));
}

}  // namespace

PixelShuffleUpsampleImpl::PixelShuffleUpsampleImpl(int64_t in_channels, int64_t out_channels) {
  const auto shuffled_channels = out_channels * kUpscale * kUpscale;
  conv_ = register_module(
      "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_channels, shuffled_channels, 1)));
  initialise_icnr(conv_);
}

at::Tensor PixelShuffleUpsampleImpl::forward(const at::Tensor& input) {
  return at::pixel_shuffle(conv_->forward(input), kUpscale);
}

DecoderBlockImpl::DecoderBlockImpl(int64_t in_channels, int64_t skip_channels,
                                   int64_t out_channels) {
  const ConvNormOptions first{.in_channels = out_channels + skip_channels,
                              .out_channels = out_channels,
                              .negative_slope = kNegativeSlope};
  auto second = first;
  second.in_channels = out_channels;
  block1_ = register_module("block1", ConvNorm(first));
  block2_ = register_module("block2", ConvNorm(second));
  initialise_weights(*this);
  upsample_ = register_module("upsample", PixelShuffleUpsample(in_channels, out_channels));
}

at::Tensor DecoderBlockImpl::forward(const at::Tensor& input, const at::Tensor& skip) {
  const auto upsampled = upsample_->forward(input);
  const auto resized = resize_to(upsampled, skip.sizes().slice(2)).to(upsampled.scalar_type());
  const auto joined = at::cat({resized, skip.to(upsampled.scalar_type())}, 1).relu_();
  return block2_->forward(block1_->forward(joined));
}

DecoderImpl::DecoderImpl(const std::array<int64_t, kLevels>& encoder_channels,
                         const std::vector<int64_t>& widths) {
  if (widths.size() != kLevels) {
    throw Error(ErrorCode::invalid_option, "decoder-widths: expected 5 numbers, got " +
                                               std::to_string(widths.size()) +
                                               "; give one width per decoder level");
  }
  auto in = encoder_channels.back();
  for (std::size_t n = 0; n < kLevels; ++n) {
    const auto skip = n + 1 < kLevels ? encoder_channels[kLevels - 2 - n] : 1;
    levels_.push_back(
        register_module("level" + std::to_string(n), DecoderBlock(in, skip, widths[n])));
    in = widths[n];
  }
  output_ = register_module("output", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, 1, 1)));
}

at::Tensor DecoderImpl::forward(const at::Tensor& image, const Encoder::Levels& features) {
  require_shape(image, {-1, 1, -1, -1}, "decoder image");
  auto decoded = levels_[0]->forward(features[4], features[3]);
  decoded = levels_[1]->forward(decoded, features[2]);
  decoded = levels_[2]->forward(decoded, features[1]);
  decoded = levels_[3]->forward(decoded, features[0]);
  decoded = levels_[4]->forward(decoded, image);
  return output_->forward(decoded).to(at::kFloat).sigmoid();
}

}  // namespace cxrnet::nn
