// Inception-V3 (Szegedy et al. 2016), as torchvision's without the auxiliary head and `fc`.
#include <string>
#include <vector>

#include "cxrnet/nn/conv_norm.h"
#include "cxrnet/nn/initialisation.h"
#include "encoder_parts.h"

namespace cxrnet::nn {
namespace {

constexpr double kNormEpsilon = 1e-3;
constexpr std::array<int64_t, kLevels> kInceptionV3Strides{2, 4, 8, 16, 32};
constexpr int64_t kInceptionV3MinimumSize = 75;

struct ConvSpec {
  const char* name;
  int64_t channels;
  std::array<int64_t, 2> kernel{1, 1};
  std::array<int64_t, 2> padding{0, 0};
  int64_t stride = 1;
};

enum class Pooling { none, average, maximum };

// Pooling, a chain of convolutions, and (in Mixed_7b and 7c) two convolutions side by side at its
// end.
struct Branch {
  Pooling pooling = Pooling::none;
  std::vector<ConvSpec> chain;
  std::vector<ConvSpec> fork;
};
using BlockSpec = std::vector<Branch>;

ConvSpec conv1x1(const char* name, int64_t channels) { return {name, channels}; }
ConvSpec conv3x3(const char* name, int64_t channels) { return {name, channels, {3, 3}, {1, 1}}; }
ConvSpec conv5x5(const char* name, int64_t channels) { return {name, channels, {5, 5}, {2, 2}}; }
ConvSpec conv1x3(const char* name, int64_t channels) { return {name, channels, {1, 3}, {0, 1}}; }
ConvSpec conv3x1(const char* name, int64_t channels) { return {name, channels, {3, 1}, {1, 0}}; }
ConvSpec conv1x7(const char* name, int64_t channels) { return {name, channels, {1, 7}, {0, 3}}; }
ConvSpec conv7x1(const char* name, int64_t channels) { return {name, channels, {7, 1}, {3, 0}}; }
ConvSpec halving(const char* name, int64_t channels) { return {name, channels, {3, 3}, {0, 0}, 2}; }

BlockSpec block_a(int64_t pool_channels) {
  return {
      {.chain = {conv1x1("branch1x1", 64)}, .fork = {}},
      {.chain = {conv1x1("branch5x5_1", 48), conv5x5("branch5x5_2", 64)}, .fork = {}},
      {.chain = {conv1x1("branch3x3dbl_1", 64), conv3x3("branch3x3dbl_2", 96),
                 conv3x3("branch3x3dbl_3", 96)},
       .fork = {}},
      {.pooling = Pooling::average, .chain = {conv1x1("branch_pool", pool_channels)}, .fork = {}}};
}

BlockSpec block_b() {
  return {{.chain = {halving("branch3x3", 384)}, .fork = {}},
          {.chain = {conv1x1("branch3x3dbl_1", 64), conv3x3("branch3x3dbl_2", 96),
                     halving("branch3x3dbl_3", 96)},
           .fork = {}},
          {.pooling = Pooling::maximum, .chain = {}, .fork = {}}};
}

BlockSpec block_c(int64_t narrow) {
  return {{.chain = {conv1x1("branch1x1", 192)}, .fork = {}},
          {.chain = {conv1x1("branch7x7_1", narrow), conv1x7("branch7x7_2", narrow),
                     conv7x1("branch7x7_3", 192)},
           .fork = {}},
          {.chain = {conv1x1("branch7x7dbl_1", narrow), conv7x1("branch7x7dbl_2", narrow),
                     conv1x7("branch7x7dbl_3", narrow), conv7x1("branch7x7dbl_4", narrow),
                     conv1x7("branch7x7dbl_5", 192)},
           .fork = {}},
          {.pooling = Pooling::average, .chain = {conv1x1("branch_pool", 192)}, .fork = {}}};
}

BlockSpec block_d() {
  return {{.chain = {conv1x1("branch3x3_1", 192), halving("branch3x3_2", 320)}, .fork = {}},
          {.chain = {conv1x1("branch7x7x3_1", 192), conv1x7("branch7x7x3_2", 192),
                     conv7x1("branch7x7x3_3", 192), halving("branch7x7x3_4", 192)},
           .fork = {}},
          {.pooling = Pooling::maximum, .chain = {}, .fork = {}}};
}

BlockSpec block_e() {
  return {{.chain = {conv1x1("branch1x1", 320)}, .fork = {}},
          {.chain = {conv1x1("branch3x3_1", 384)},
           .fork = {conv1x3("branch3x3_2a", 384), conv3x1("branch3x3_2b", 384)}},
          {.chain = {conv1x1("branch3x3dbl_1", 448), conv3x3("branch3x3dbl_2", 384)},
           .fork = {conv1x3("branch3x3dbl_3a", 384), conv3x1("branch3x3dbl_3b", 384)}},
          {.pooling = Pooling::average, .chain = {conv1x1("branch_pool", 192)}, .fork = {}}};
}

int64_t out_channels(const Branch& branch, int64_t in, double width) {
  if (branch.fork.empty())
    return branch.chain.empty() ? in : scaled(branch.chain.back().channels, width);
  int64_t channels = 0;
  for (const auto& conv : branch.fork) channels += scaled(conv.channels, width);
  return channels;
}

int64_t out_channels(const BlockSpec& block, int64_t in, double width) {
  int64_t channels = 0;
  for (const auto& branch : block) channels += out_channels(branch, in, width);
  return channels;
}

ConvNorm make_conv(const ConvSpec& spec, int64_t in, double width) {
  return ConvNorm(ConvNormOptions{.in_channels = in,
                                  .out_channels = scaled(spec.channels, width),
                                  .kernel = spec.kernel,
                                  .padding = spec.padding,
                                  .stride = spec.stride,
                                  .norm_epsilon = kNormEpsilon});
}

at::Tensor pool(Pooling pooling, const at::Tensor& input) {
  switch (pooling) {
    case Pooling::none:
      return input;
    case Pooling::average:
      return at::avg_pool2d(input, 3, 1, 1);
    case Pooling::maximum:
      return at::max_pool2d(input, 3, 2);
  }
  return input;
}

class InceptionBlock final : public torch::nn::Module {
 public:
  InceptionBlock(const BlockSpec& spec, int64_t in, double width) {
    for (const auto& branch : spec) {
      Layers layers{.pooling = branch.pooling, .chain = {}, .fork = {}};
      auto channels = in;
      for (const auto& conv : branch.chain) {
        layers.chain.push_back(register_module(conv.name, make_conv(conv, channels, width)));
        channels = scaled(conv.channels, width);
      }
      for (const auto& conv : branch.fork) {
        layers.fork.push_back(register_module(conv.name, make_conv(conv, channels, width)));
      }
      branches_.push_back(std::move(layers));
    }
  }

  at::Tensor forward(const at::Tensor& input) {
    std::vector<at::Tensor> outputs;
    for (auto& [pooling, chain, fork] : branches_) {
      auto value = pool(pooling, input);
      for (auto& conv : chain) value = conv->forward(value);
      if (fork.empty()) outputs.push_back(value);
      for (auto& conv : fork) outputs.push_back(conv->forward(value));
    }
    return at::cat(outputs, 1);
  }

 private:
  struct Layers {
    Pooling pooling;
    std::vector<ConvNorm> chain, fork;
  };

  std::vector<Layers> branches_;
};

struct NamedBlock {
  const char* name;
  BlockSpec spec;
};

EncoderShape inception_shape(double width) {
  return {.channels = {scaled(64, width), scaled(192, width), out_channels(block_a(64), 0, width),
                       out_channels(block_c(192), 0, width), out_channels(block_e(), 0, width)},
          .strides = kInceptionV3Strides,
          .minimum_size = kInceptionV3MinimumSize};
}

// Level 0 ends the first three convolutions, level 1 the next two, levels 2 to 4 the groups of
// blocks of one stride.
class InceptionV3 final : public Encoder {
 public:
  explicit InceptionV3(const EncoderOptions& options)
      : Encoder(options, inception_shape(options.width)) {
    auto in = add_stem(options);
    in = add_group(
        0, in, {{"Mixed_5b", block_a(32)}, {"Mixed_5c", block_a(64)}, {"Mixed_5d", block_a(64)}});
    in = add_group(1, in,
                   {{"Mixed_6a", block_b()},
                    {"Mixed_6b", block_c(128)},
                    {"Mixed_6c", block_c(160)},
                    {"Mixed_6d", block_c(160)},
                    {"Mixed_6e", block_c(192)}});
    add_group(2, in, {{"Mixed_7a", block_d()}, {"Mixed_7b", block_e()}, {"Mixed_7c", block_e()}});
    initialise_weights(*this);
  }

 private:
  int64_t add_stem(const EncoderOptions& options) {
    const std::array<ConvSpec, 5> specs{{{"Conv2d_1a_3x3", 32, {3, 3}, {0, 0}, 2},
                                         {"Conv2d_2a_3x3", 32, {3, 3}, {0, 0}},
                                         {"Conv2d_2b_3x3", 64, {3, 3}, {1, 1}},
                                         {"Conv2d_3b_1x1", 80, {1, 1}, {0, 0}},
                                         {"Conv2d_4a_3x3", 192, {3, 3}, {0, 0}}}};
    auto in = options.input_channels;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      stem_[i] = register_module(specs[i].name, make_conv(specs[i], in, options.width));
      in = scaled(specs[i].channels, options.width);
    }
    return in;
  }

  int64_t add_group(std::size_t group, int64_t in, const std::vector<NamedBlock>& blocks) {
    for (const auto& [name, spec] : blocks) {
      const auto block = std::make_shared<InceptionBlock>(spec, in, options().width);
      groups_[group].push_back(register_module(name, block));
      in = out_channels(spec, in, options().width);
    }
    return in;
  }

  at::Tensor run_group(std::size_t group, at::Tensor value) {
    for (auto& block : groups_[group]) value = block->forward(value);
    return value;
  }

  Levels extract(const at::Tensor& image) override {
    const auto level0 = stem_[2]->forward(stem_[1]->forward(stem_[0]->forward(image)));
    const auto level1 = stem_[4]->forward(stem_[3]->forward(at::max_pool2d(level0, 3, 2)));
    const auto level2 = run_group(0, at::max_pool2d(level1, 3, 2));
    const auto level3 = run_group(1, level2);
    const auto level4 = run_group(2, level3);
    return {level0, level1, level2, level3, level4};
  }

  std::array<ConvNorm, 5> stem_{nullptr, nullptr, nullptr, nullptr, nullptr};
  std::array<std::vector<std::shared_ptr<InceptionBlock>>, 3> groups_;
};

}  // namespace

std::shared_ptr<Encoder> make_inception_v3(const EncoderOptions& options) {
  return std::make_shared<InceptionV3>(options);
}

}  // namespace cxrnet::nn
