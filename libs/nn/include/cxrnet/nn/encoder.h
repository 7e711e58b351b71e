// The six encoders of the paper (section III-B b, Fig. 6) under one contract: five feature levels
// each. The state-dict names are torchvision's, so that its weights load as they are.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <memory>

#include "cxrnet/nn/options.h"

namespace cxrnet::nn {

/// What a caller may rely on without running the encoder.
struct EncoderShape {
  std::array<int64_t, kLevels> channels;  ///< of each level, finest first
  std::array<int64_t, kLevels>
      strides;           ///< input pixels per feature pixel of each level, finest first
  int64_t minimum_size;  ///< smallest height and width that reach the last level
};

/// An image classifier without its head. The last level is what the head averages.
class Encoder : public torch::nn::Module {
 public:
  using Levels = std::array<at::Tensor, kLevels>;

  /// `image` [N, input_channels, H, W], normalised -> level i [N, channels()[i], ~H / strides()[i],
  /// ~W / strides()[i]]. Errors: invalid_shape; image_too_small below minimum_size().
  Levels features(const at::Tensor& image);

  std::array<int64_t, kLevels> channels() const { return shape_.channels; }
  std::array<int64_t, kLevels> strides() const { return shape_.strides; }
  int64_t minimum_size() const { return shape_.minimum_size; }
  const EncoderOptions& options() const { return options_; }

 protected:
  Encoder(const EncoderOptions& options, const EncoderShape& shape)
      : options_(options), shape_(shape) {}

 private:
  virtual Levels extract(const at::Tensor& image) = 0;

  EncoderOptions options_;
  EncoderShape shape_;
};

/// A new encoder with random weights (see initialise_weights); the residual branches of a ResNet
/// start at zero. Errors: invalid_option.
std::shared_ptr<Encoder> make_encoder(const EncoderOptions& options);

}  // namespace cxrnet::nn
