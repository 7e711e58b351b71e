// VGG-16 and VGG-19 (Simonyan and Zisserman 2015) without batch norm, as torchvision's `features`.
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/pooling.h>

#include "cxrnet/nn/initialisation.h"
#include "encoder_parts.h"

namespace cxrnet::nn {
namespace {

struct VggStage {
  int64_t channels, convolutions;
};
using VggStages = std::array<VggStage, kLevels>;
constexpr VggStages kVgg16Stages{{{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}}};
constexpr VggStages kVgg19Stages{{{64, 2}, {128, 2}, {256, 4}, {512, 4}, {512, 4}}};

constexpr std::array<int64_t, kLevels> kVggStrides{2, 4, 8, 16, 32};
constexpr int64_t kVggMinimumSize = 32;

const VggStages& stages_of(Architecture architecture) {
  return architecture == Architecture::vgg16 ? kVgg16Stages : kVgg19Stages;
}

EncoderShape vgg_shape(const EncoderOptions& options) {
  EncoderShape shape{.channels = {}, .strides = kVggStrides, .minimum_size = kVggMinimumSize};
  const auto& stages = stages_of(options.architecture);
  for (std::size_t i = 0; i < kLevels; ++i) {
    shape.channels[i] = scaled(stages[i].channels, options.width);
  }
  return shape;
}

// A level is a stage's pooled output.
class Vgg final : public Encoder {
 public:
  explicit Vgg(const EncoderOptions& options) : Encoder(options, vgg_shape(options)) {
    auto in = options.input_channels;
    const auto& stages = stages_of(options.architecture);
    for (std::size_t i = 0; i < kLevels; ++i) {
      const auto out = scaled(stages[i].channels, options.width);
      for (int64_t k = 0; k < stages[i].convolutions; ++k) {
        features_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)));
        features_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
        in = out;
      }
      taps_[i] = features_->size();
      features_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2).stride(2)));
    }
    register_module("features", features_);
    initialise_weights(*this);
  }

 private:
  Levels extract(const at::Tensor& image) override {
    return run_with_taps(features_, taps_, image);
  }

  torch::nn::Sequential features_;
  std::array<std::size_t, kLevels> taps_{};
};

}  // namespace

std::shared_ptr<Encoder> make_vgg(const EncoderOptions& options) {
  return std::make_shared<Vgg>(options);
}

}  // namespace cxrnet::nn
