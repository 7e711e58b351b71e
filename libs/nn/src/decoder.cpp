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

UpsampleImpl::UpsampleImpl(int64_t in_channels, int64_t out_channels, Upsampling upsampling)
    : upsampling_(upsampling) {
  if (upsampling == Upsampling::transposed) {
    transposed_conv_ = register_module(
        "transposed_conv", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(
                                                          in_channels, out_channels, kUpscale)
                                                          .stride(kUpscale)));
    return;
  }
  const auto per_pixel = upsampling == Upsampling::pixel_shuffle ? kUpscale * kUpscale : 1;
  conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(
                                      in_channels, out_channels * per_pixel, 1)));
  if (upsampling == Upsampling::pixel_shuffle) initialise_icnr(conv_);
}

at::Tensor UpsampleImpl::forward(const at::Tensor& input) {
  switch (upsampling_) {
    case Upsampling::pixel_shuffle:
      return at::pixel_shuffle(conv_->forward(input), kUpscale);
    case Upsampling::nearest:
      return at::upsample_nearest2d(conv_->forward(input),
                                    {kUpscale * input.size(2), kUpscale * input.size(3)});
    case Upsampling::transposed:
      return transposed_conv_->forward(input);
  }
  return input;
}

DecoderBlockImpl::DecoderBlockImpl(int64_t in_channels, int64_t skip_channels, int64_t out_channels,
                                   Upsampling upsampling)
    : has_skip_(skip_channels > 0) {
  const ConvNormOptions first{.in_channels = out_channels + skip_channels,
                              .out_channels = out_channels,
                              .negative_slope = kNegativeSlope};
  auto second = first;
  second.in_channels = out_channels;
  block1_ = register_module("block1", ConvNorm(first));
  block2_ = register_module("block2", ConvNorm(second));
  initialise_weights(*this);
  upsample_ = register_module("upsample", Upsample(in_channels, out_channels, upsampling));
}

at::Tensor DecoderBlockImpl::forward(const at::Tensor& input, const at::Tensor& skip) {
  const auto upsampled = upsample_->forward(input);
  const auto resized = resize_to(upsampled, skip.sizes().slice(2)).to(upsampled.scalar_type());
  const auto joined = has_skip_ ? at::cat({resized, skip.to(upsampled.scalar_type())}, 1) : resized;
  // DEVIATION: adr-023, the first activation of F stays a plain ReLU.
  return block2_->forward(block1_->forward(joined.relu_()));
}

DecoderImpl::DecoderImpl(const std::array<int64_t, kLevels>& encoder_channels,
                         const DecoderOptions& options, int64_t maps) {
  const auto& widths = options.widths;
  if (widths.size() != kLevels) {
    throw Error(ErrorCode::invalid_option, "decoder-widths: expected 5 numbers, got " +
                                               std::to_string(widths.size()) +
                                               "; give one width per decoder level");
  }
  auto in = encoder_channels.back();
  for (std::size_t n = 0; n < kLevels; ++n) {
    const auto encoder_map = n + 1 < kLevels ? encoder_channels[kLevels - 2 - n] : 1;
    levels_.push_back(register_module(
        "level" + std::to_string(n),
        DecoderBlock(in, options.skips ? encoder_map : 0, widths[n], options.upsampling)));
    in = widths[n];
  }
  output_ = register_module("output", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, maps, 1)));
}

at::Tensor DecoderImpl::forward(const at::Tensor& image, const Encoder::Levels& features) {
  require_shape(image, {-1, 1, -1, -1}, "decoder image");
  auto decoded = levels_[0]->forward(features[4], features[3]);
  decoded = levels_[1]->forward(decoded, features[2]);
  decoded = levels_[2]->forward(decoded, features[1]);
  decoded = levels_[3]->forward(decoded, features[0]);
  // DEVIATION: adr-023, the encoder has no level of full resolution: the image itself joins.
  decoded = levels_[4]->forward(decoded, image);
  return output_->forward(decoded).to(at::kFloat);
}

}  // namespace cxrnet::nn
