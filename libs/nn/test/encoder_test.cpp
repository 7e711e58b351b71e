// The contract that every encoder keeps.
#include "cxrnet/nn/encoder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {
namespace {

struct Case {
  Architecture architecture;
  std::array<int64_t, 5> channels;
  std::array<int64_t, 5> strides;
  int64_t minimum_size;
};

// Channels as in the architectures' papers (and torchvision).
constexpr std::array<Case, 6> kCases{{
    {Architecture::alexnet, {64, 192, 384, 256, 256}, {4, 8, 16, 16, 32}, 63},
    {Architecture::vgg16, {64, 128, 256, 512, 512}, {2, 4, 8, 16, 32}, 32},
    {Architecture::vgg19, {64, 128, 256, 512, 512}, {2, 4, 8, 16, 32}, 32},
    {Architecture::resnet34, {64, 64, 128, 256, 512}, {2, 4, 8, 16, 32}, 32},
    {Architecture::resnet50, {64, 256, 512, 1024, 2048}, {2, 4, 8, 16, 32}, 32},
    {Architecture::inception_v3, {64, 192, 288, 768, 2048}, {2, 4, 8, 16, 32}, 75},
}};

class EncoderContract : public testing::TestWithParam<Case> {
 protected:
  // A quarter of the width keeps the suite fast.
  static std::shared_ptr<Encoder> make(int64_t input_channels, double width = 0.25) {
    torch::manual_seed(1);
    const auto encoder = make_encoder({.architecture = GetParam().architecture,
                                       .input_channels = input_channels,
                                       .width = width});
    encoder->eval();
    return encoder;
  }
};

TEST_P(EncoderContract, NamesItsShape) {
  const auto encoder = make(1, 1.0);
  EXPECT_EQ(encoder->channels(), GetParam().channels);
  EXPECT_EQ(encoder->strides(), GetParam().strides);
  EXPECT_EQ(encoder->minimum_size(), GetParam().minimum_size);
}

TEST_P(EncoderContract, LevelsHaveTheSizesItNames) {
  const at::NoGradGuard no_grad;
  const std::array<std::array<int64_t, 2>, 4> sizes{{{96, 96}, {97, 131}, {101, 99}, {224, 160}}};
  for (const int64_t input_channels : {1, 3}) {
    const auto encoder = make(input_channels);
    for (const auto& [height, width] : sizes) {
      const auto levels = encoder->features(at::rand({2, input_channels, height, width}));
      for (std::size_t i = 0; i < levels.size(); ++i) {
        SCOPED_TRACE(testing::Message() << "level " << i << " of " << height << " x " << width);
        const auto stride = static_cast<double>(encoder->strides()[i]);
        EXPECT_EQ(levels[i].dim(), 4);
        EXPECT_EQ(levels[i].size(0), 2);
        EXPECT_EQ(levels[i].size(1), encoder->channels()[i]);
        // Unpadded convolutions lose up to five feature pixels.
        EXPECT_NEAR(static_cast<double>(levels[i].size(2)), static_cast<double>(height) / stride,
                    5.0);
        EXPECT_NEAR(static_cast<double>(levels[i].size(3)), static_cast<double>(width) / stride,
                    5.0);
        EXPECT_TRUE(at::isfinite(levels[i]).all().item<bool>());
      }
    }
  }
}

TEST_P(EncoderContract, TakesItsMinimumSizeAndNothingSmaller) {
  const at::NoGradGuard no_grad;
  const auto encoder = make(1);
  const auto side = encoder->minimum_size();
  EXPECT_GE(encoder->features(at::rand({1, 1, side, side})).back().numel(),
            encoder->channels().back());
  try {
    encoder->features(at::rand({1, 1, side - 1, side}));
    FAIL() << "accepted an image below the minimum";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::image_too_small);
    EXPECT_NE(std::string(error.what()).find(std::to_string(side)), std::string::npos);
  }
}

TEST_P(EncoderContract, RefusesOtherChannelCounts) {
  const auto encoder = make(1);
  EXPECT_THROW(encoder->features(at::rand({1, 3, 96, 96})), Error);
  EXPECT_THROW(encoder->features(at::rand({1, 96, 96})), Error);
}

TEST_P(EncoderContract, WidthScalesEveryLevel) {
  const auto encoder = make(1, 0.5);
  for (std::size_t i = 0; i < kLevels; ++i) {
    EXPECT_EQ(encoder->channels()[i], GetParam().channels[i] / 2) << "level " << i;
  }
}

TEST_P(EncoderContract, EverySampleStandsAlone) {
  const at::NoGradGuard no_grad;
  const auto encoder = make(1);
  const auto images = at::rand({2, 1, 96, 96});
  const auto together = encoder->features(images).back();
  const auto alone = encoder->features(images.slice(0, 1, 2)).back();
  EXPECT_TRUE(at::allclose(together.slice(0, 1, 2), alone, 1e-4, 1e-5));
}

TEST_P(EncoderContract, EveryParameterReceivesGradient) {
  const auto encoder = make(1);
  // Residual branches start at zero, which stops the gradient at first.
  for (auto& item : encoder->named_parameters()) {
    if (item.key().ends_with("weight") && item.value().dim() == 1)
      item.value().set_data(at::ones_like(item.value()));
  }
  encoder->train();
  encoder->features(at::rand({2, 1, 128, 128})).back().square().sum().backward();
  for (const auto& item : encoder->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().sum().item<double>(), 0.0) << item.key();
  }
}

// Names and shapes are a file format; the lists come from torchvision (tools/golden/encoders.py).
TEST_P(EncoderContract, StateDictEqualsTorchvisions) {
  std::ifstream file(std::string(CXRNET_TEST_DATA) + "/state_dict/" +
                     std::string(to_string(GetParam().architecture)) + ".txt");
  std::set<std::string> expected;
  for (std::string line; std::getline(file, line);) expected.insert(line);
  ASSERT_FALSE(expected.empty());
  std::set<std::string> actual;
  const auto add = [&actual](const auto& item) {
    std::ostringstream line;
    line << item.key() << ' ';
    for (int64_t i = 0; i < item.value().dim(); ++i)
      line << (i > 0 ? " " : "") << item.value().size(i);
    actual.insert(line.str());
  };
  const auto encoder = make(3, 1.0);
  for (const auto& item : encoder->named_parameters()) add(item);
  for (const auto& item : encoder->named_buffers()) add(item);
  EXPECT_EQ(actual, expected);
}

INSTANTIATE_TEST_SUITE_P(Architectures, EncoderContract, testing::ValuesIn(kCases),
                         [](const auto& test) {
                           return std::string(to_string(test.param.architecture));
                         });

TEST(Encoder, RefusesTwoInputChannels) { EXPECT_THROW(make_encoder({.input_channels = 2}), Error); }

TEST(Encoder, UnknownArchitectureListsTheValidOnes) {
  try {
    parse_enum<Architecture>("resnet18", "architecture");
    FAIL() << "accepted an unknown architecture";
  } catch (const Error& error) {
    for (const auto& name : enum_names<Architecture>()) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << name;
    }
  }
}

// Variance 2 / fan_out (He et al. 2015): 3x3 kernels into 512 channels.
TEST(Encoder, ConvolutionsStartWithVarianceTwoOverFanOut) {
  torch::manual_seed(1);
  const auto encoder = make_encoder({.architecture = Architecture::vgg16});
  const auto parameters = encoder->named_parameters();
  EXPECT_NEAR(parameters["features.28.weight"].var().item<double>() * 512 * 9 / 2, 1.0, 0.02);
  EXPECT_EQ(parameters["features.28.bias"].abs().max().item<float>(), 0.0F);
}

}  // namespace
}  // namespace cxrnet::nn
