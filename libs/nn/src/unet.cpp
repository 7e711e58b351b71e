#include "cxrnet/nn/unet.h"

#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/initialisation.h"

namespace cxrnet::nn {
namespace {

constexpr int64_t kWidest = 2048;  // channels; beyond it the weights alone take gigabytes

// Up to the next multiple of `multiple` at the bottom and the right, repeating the border.
at::Tensor pad_to_multiple(const at::Tensor& image, int64_t multiple) {
  const auto missing = [multiple](int64_t size) { return (multiple - size % multiple) % multiple; };
  const auto bottom = missing(image.size(2));
  const auto right = missing(image.size(3));
  if (bottom == 0 && right == 0) return image;
  return at::replication_pad2d(image, {0, right, 0, bottom});
}

// DEVIATION: adr-019, bilinear where the U-Net of 2015 has transposed convolutions.
at::Tensor upsample(const at::Tensor& map) {
  return at::upsample_bilinear2d(map, {2 * map.size(2), 2 * map.size(3)}, /*align_corners=*/false);
}

void require_bearable_width(const UNetOptions& options) {
  const auto widest = options.base_width << (options.levels - 1);
  if (widest <= kWidest) return;
  throw Error(ErrorCode::invalid_option, "base-width and levels: expected at most " +
                                             std::to_string(kWidest) +
                                             " channels at the coarsest level, got " +
                                             std::to_string(widest) + "; lower one of them");
}

}  // namespace

DoubleConvImpl::DoubleConvImpl(int64_t in_channels, int64_t out_channels) {
  block1_ = register_module("block1", ConvNorm(ConvNormOptions{.in_channels = in_channels,
                                                               .out_channels = out_channels}));
  block2_ = register_module("block2", ConvNorm(ConvNormOptions{.in_channels = out_channels,
                                                               .out_channels = out_channels}));
}

at::Tensor DoubleConvImpl::forward(const at::Tensor& input) {
  return block2_->forward(block1_->forward(input));
}

UNetImpl::UNetImpl(const UNetOptions& options) : options_(options) {
  validate(options);
  require_bearable_width(options);
  int64_t in = 1;
  for (int64_t i = 0; i < options.levels; ++i) {
    const auto width = options.base_width << i;
    down_.push_back(register_module("down" + std::to_string(i), DoubleConv(in, width)));
    in = width;
  }
  for (int64_t i = options.levels - 2; i >= 0; --i) {
    const auto width = options.base_width << i;
    const auto level = std::to_string(i);
    reduce_.push_back(register_module(
        "reduce" + level, torch::nn::Conv2d(torch::nn::Conv2dOptions(2 * width, width, 1))));
    up_.push_back(register_module("up" + level, DoubleConv(2 * width, width)));
  }
  output_ = register_module("output",
                            torch::nn::Conv2d(torch::nn::Conv2dOptions(options.base_width, 1, 1)));
  initialise_weights(*this);
}

at::Tensor UNetImpl::forward(const at::Tensor& image) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  const auto padded = pad_to_multiple(image, int64_t{1} << (options_.levels - 1));
  std::vector<at::Tensor> skips{down_[0]->forward((padded - kInputMean) / kInputDeviation)};
  for (std::size_t i = 1; i < down_.size(); ++i) {
    skips.push_back(down_[i]->forward(at::max_pool2d(skips.back(), 2)));
  }
  auto map = skips.back();
  for (std::size_t i = 0; i < up_.size(); ++i) {
    const auto& skip = skips[skips.size() - 2 - i];
    const auto upsampled = upsample(reduce_[i]->forward(map)).to(skip.scalar_type());
    map = up_[i]->forward(at::cat({skip, upsampled}, 1));
  }
  const auto logits = output_->forward(map).to(at::kFloat);
  return logits.slice(2, 0, image.size(2)).slice(3, 0, image.size(3));
}

}  // namespace cxrnet::nn
