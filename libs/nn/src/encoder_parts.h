// What the encoder families share.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <array>
#include <memory>

#include "cxrnet/nn/encoder.h"

namespace cxrnet::nn {

/// `channels` times `width`, rounded to a multiple of 8 and at least 8; unchanged for width 1.
int64_t scaled(int64_t channels, double width);

/// Runs `layers` and keeps what comes out of the layers at the positions `taps`; the last tap is
/// the last layer.
Encoder::Levels run_with_taps(torch::nn::Sequential& layers,
                              const std::array<std::size_t, kLevels>& taps,
                              const at::Tensor& image);

std::shared_ptr<Encoder> make_alexnet(const EncoderOptions& options);
std::shared_ptr<Encoder> make_vgg(const EncoderOptions& options);
std::shared_ptr<Encoder> make_resnet(const EncoderOptions& options);
std::shared_ptr<Encoder> make_inception_v3(const EncoderOptions& options);

}  // namespace cxrnet::nn
