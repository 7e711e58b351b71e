// ResNet-34 and ResNet-50 (He et al. 2016), as torchvision's without `fc`; the stride of a
// bottleneck is in its 3x3 convolution ("v1.5").
#include <torch/nn/init.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include "cxrnet/nn/initialisation.h"
#include "cxrnet/nn/norm_rectify.h"
#include "encoder_parts.h"

namespace cxrnet::nn {
namespace {

struct ResNetStage {
  int64_t channels, blocks, stride;
};
using ResNetStages = std::array<ResNetStage, 4>;
constexpr ResNetStages kResNet34Stages{{{64, 3, 1}, {128, 4, 2}, {256, 6, 2}, {512, 3, 2}}};
constexpr ResNetStages kResNet50Stages =
    kResNet34Stages;  // of bottlenecks, four times as wide outside

constexpr int64_t kStemChannels = 64;
constexpr std::array<int64_t, kLevels> kResNetStrides{2, 4, 8, 16, 32};
constexpr int64_t kResNetMinimumSize = 32;

torch::nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

// The input as it is, or projected where the branch changes its shape.
class Shortcut {
 public:
  Shortcut() = default;
  Shortcut(torch::nn::Module& owner, int64_t in, int64_t out, int64_t stride) {
    if (in == out && stride == 1) return;
    projection_ = convolution(in, out, 1, stride);
    norm_ = torch::nn::BatchNorm2d(out);
    owner.register_module("downsample", torch::nn::Sequential(projection_, norm_));
  }
  at::Tensor operator()(const at::Tensor& input) {
    if (projection_.is_empty()) return input;
    return norm_rectify(norm_, projection_->forward(input), {}, kIdentitySlope);
  }

 private:
  torch::nn::Conv2d projection_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};

class BasicBlock final : public torch::nn::Module {
 public:
  static constexpr int64_t kExpansion = 1;

  BasicBlock(int64_t in, int64_t channels, int64_t stride)
      : conv1_(register_module("conv1", convolution(in, channels, 3, stride))),
        bn1_(register_module("bn1", torch::nn::BatchNorm2d(channels))),
        conv2_(register_module("conv2", convolution(channels, channels, 3, 1))),
        bn2_(register_module("bn2", torch::nn::BatchNorm2d(channels))),
        shortcut_(*this, in, channels, stride) {}

  at::Tensor forward(const at::Tensor& input) {
    const auto hidden = norm_rectify(bn1_, conv1_->forward(input));
    return norm_rectify(bn2_, conv2_->forward(hidden), shortcut_(input));
  }

  torch::nn::BatchNorm2d last_norm() const { return bn2_; }

 private:
  torch::nn::Conv2d conv1_;
  torch::nn::BatchNorm2d bn1_;
  torch::nn::Conv2d conv2_;
  torch::nn::BatchNorm2d bn2_;
  Shortcut shortcut_;
};

class Bottleneck final : public torch::nn::Module {
 public:
  static constexpr int64_t kExpansion = 4;

  Bottleneck(int64_t in, int64_t channels, int64_t stride)
      : conv1_(register_module("conv1", convolution(in, channels, 1, 1))),
        bn1_(register_module("bn1", torch::nn::BatchNorm2d(channels))),
        conv2_(register_module("conv2", convolution(channels, channels, 3, stride))),
        bn2_(register_module("bn2", torch::nn::BatchNorm2d(channels))),
        conv3_(register_module("conv3", convolution(channels, channels * kExpansion, 1, 1))),
        bn3_(register_module("bn3", torch::nn::BatchNorm2d(channels * kExpansion))),
        shortcut_(*this, in, channels * kExpansion, stride) {}

  at::Tensor forward(const at::Tensor& input) {
    const auto narrow = norm_rectify(bn1_, conv1_->forward(input));
    const auto hidden = norm_rectify(bn2_, conv2_->forward(narrow));
    return norm_rectify(bn3_, conv3_->forward(hidden), shortcut_(input));
  }

  torch::nn::BatchNorm2d last_norm() const { return bn3_; }

 private:
  torch::nn::Conv2d conv1_;
  torch::nn::BatchNorm2d bn1_;
  torch::nn::Conv2d conv2_;
  torch::nn::BatchNorm2d bn2_;
  torch::nn::Conv2d conv3_;
  torch::nn::BatchNorm2d bn3_;
  Shortcut shortcut_;
};

template <class Block>
torch::nn::Sequential make_stage(int64_t in, int64_t channels, int64_t blocks, int64_t stride) {
  torch::nn::Sequential stage;
  for (int64_t i = 0; i < blocks; ++i) {
    stage->push_back(std::make_shared<Block>(in, channels, i == 0 ? stride : 1));
    in = channels * Block::kExpansion;
  }
  return stage;
}

template <class Block>
EncoderShape resnet_shape(const ResNetStages& stages, double width) {
  EncoderShape shape{.channels = {}, .strides = kResNetStrides, .minimum_size = kResNetMinimumSize};
  shape.channels[0] = scaled(kStemChannels, width);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    shape.channels[i + 1] = scaled(stages[i].channels, width) * Block::kExpansion;
  }
  return shape;
}

// Level 0 is the rectified stem; levels 1 to 4 are the stages.
template <class Block>
class ResNet final : public Encoder {
 public:
  ResNet(const EncoderOptions& options, const ResNetStages& stages)
      : Encoder(options, resnet_shape<Block>(stages, options.width)) {
    auto in = channels()[0];
    conv1_ = register_module("conv1", convolution(options.input_channels, in, 7, 2));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(in));
    for (std::size_t i = 0; i < stages.size(); ++i) {
      const auto& [narrow, blocks, stride] = stages[i];
      stages_[i] = make_stage<Block>(in, scaled(narrow, options.width), blocks, stride);
      register_module("layer" + std::to_string(i + 1), stages_[i]);
      in = channels()[i + 1];
    }
    initialise_weights(*this);
    start_as_identity();
  }

 private:
  Levels extract(const at::Tensor& image) override {
    const auto stem = norm_rectify(bn1_, conv1_->forward(image));
    const auto pooled = at::max_pool2d(stem, 3, 2, 1);
    const auto level1 = stages_[0]->forward(pooled);
    const auto level2 = stages_[1]->forward(level1);
    const auto level3 = stages_[2]->forward(level2);
    const auto level4 = stages_[3]->forward(level3);
    return {stem, level1, level2, level3, level4};
  }

  // Each residual branch starts at zero, which trains better from scratch (Goyal et al. 2017).
  void start_as_identity() {
    for (auto& module : modules(/*include_self=*/false)) {
      if (const auto* block = module->template as<Block>()) {
        torch::nn::init::zeros_(block->last_norm()->weight);
      }
    }
  }

  torch::nn::Conv2d conv1_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr};
  std::array<torch::nn::Sequential, 4> stages_{nullptr, nullptr, nullptr, nullptr};
};

}  // namespace

std::shared_ptr<Encoder> make_resnet(const EncoderOptions& options) {
  if (options.architecture == Architecture::resnet34) {
    return std::make_shared<ResNet<BasicBlock>>(options, kResNet34Stages);
  }
  return std::make_shared<ResNet<Bottleneck>>(options, kResNet50Stages);
}

}  // namespace cxrnet::nn
