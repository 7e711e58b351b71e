// AlexNet (Krizhevsky 2014, "One weird trick"), as torchvision's `features`.
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/pooling.h>

#include "cxrnet/nn/initialisation.h"
#include "encoder_parts.h"

namespace cxrnet::nn {
namespace {

struct LayerSpec {
  int64_t channels, kernel, stride, padding;
  bool pooled;  // followed by a 3x3 maximum pooling of stride 2
};
constexpr std::array<LayerSpec, 5> kLayers{{{64, 11, 4, 2, true},
                                            {192, 5, 1, 2, true},
                                            {384, 3, 1, 1, false},
                                            {256, 3, 1, 1, false},
                                            {256, 3, 1, 1, true}}};

// A level is a rectified convolution; the last one is taken after its pooling. No layer has
// stride 2.
constexpr std::array<std::size_t, kLevels> kTaps{1, 4, 7, 9, 12};
constexpr std::array<int64_t, kLevels> kAlexNetStrides{4, 8, 16, 16, 32};
constexpr int64_t kAlexNetMinimumSize = 63;

EncoderShape alexnet_shape(double width) {
  EncoderShape shape{
      .channels = {}, .strides = kAlexNetStrides, .minimum_size = kAlexNetMinimumSize};
  for (std::size_t i = 0; i < kLevels; ++i) shape.channels[i] = scaled(kLayers[i].channels, width);
  return shape;
}

class AlexNet final : public Encoder {
 public:
  explicit AlexNet(const EncoderOptions& options) : Encoder(options, alexnet_shape(options.width)) {
    auto in = options.input_channels;
    for (const auto& [channels, kernel, stride, padding, pooled] : kLayers) {
      const auto out = scaled(channels, options.width);
      features_->push_back(torch::nn::Conv2d(
          torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding)));
      features_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
      if (pooled)
        features_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2)));
      in = out;
    }
    register_module("features", features_);
    initialise_weights(*this);
  }

 private:
  Levels extract(const at::Tensor& image) override {
    return run_with_taps(features_, kTaps, image);
  }

  torch::nn::Sequential features_;
};

}  // namespace

std::shared_ptr<Encoder> make_alexnet(const EncoderOptions& options) {
  return std::make_shared<AlexNet>(options);
}

}  // namespace cxrnet::nn
