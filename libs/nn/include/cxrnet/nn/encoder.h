// The six encoders of the paper (section III-B b, Fig. 6) under one contract: five feature levels
// each. The state-dict names are torchvision's, so that its weights load as they are.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet {
namespace nn {

enum class Architecture { alexnet, vgg16, vgg19, resnet34, resnet50, inception_v3 };

}  // namespace nn

template <>
struct EnumNames<nn::Architecture> {
  static constexpr std::array<std::pair<nn::Architecture, std::string_view>, 6> values{{
      {nn::Architecture::alexnet, "alexnet"},
      {nn::Architecture::vgg16, "vgg16"},
      {nn::Architecture::vgg19, "vgg19"},
      {nn::Architecture::resnet34, "resnet34"},
      {nn::Architecture::resnet50, "resnet50"},
      {nn::Architecture::inception_v3, "inception_v3"},
  }};
};

namespace nn {

struct EncoderOptions {
  Architecture architecture = Architecture::resnet50;
  int64_t input_channels = 1;  ///< 1: grey; 3: as torchvision's
  double width =
      1.0;  ///< multiplies every channel count, rounded to a multiple of 8; 1 is torchvision's

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.architecture, Field{"architecture", "the encoder's architecture"});
    visit(self.input_channels, Field{"input-channels",
                                     "channels that the encoder takes: 1 (grey) or 3",
                                     {.minimum = 1, .maximum = 3}});
    visit(self.width, Field{"width",
                            "multiplies every channel count of the encoder; 1 is torchvision's",
                            {.maximum = 4.0, .above = 0.0}});
  }
};

inline constexpr std::size_t kLevels = 5;

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

}  // namespace nn
}  // namespace cxrnet
