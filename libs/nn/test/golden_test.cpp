// Logits against torchvision: tools/golden/encoders.py.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cxrnet/nn/encoder.h"
#include "cxrnet/nn/torchvision_weights.h"
#include "formula.h"

namespace cxrnet::nn {
namespace {

constexpr double kTolerance = 1e-4;

nlohmann::json read_goldens() {
  std::ifstream file(std::string(CXRNET_TEST_DATA) + "/encoders.json");
  return nlohmann::json::parse(file);
}

// The state dict that torchvision's model had, classifier aside.
Safetensors formula_state(const Encoder& encoder) {
  Safetensors state;
  const auto add = [&state](const auto& item) {
    if (item.value().dim() == 0) return;
    auto sizes = item.value().sizes().vec();
    if (sizes.size() == 4 && sizes[1] == 1)
      sizes[1] = 3;  // the first convolution of a grey encoder
    state.tensors[item.key()] = test::formula_weights(item.key(), sizes);
  };
  for (const auto& item : encoder.named_parameters()) add(item);
  for (const auto& item : encoder.named_buffers()) add(item);
  return state;
}

at::Tensor logits(Encoder& encoder, const at::Tensor& image) {
  const at::NoGradGuard no_grad;
  const auto pooled = encoder.features(image).back().mean(at::IntArrayRef{2, 3});
  const auto head = test::formula_weights("head.weight", {4, pooled.size(1)});
  return (pooled / pooled.std()).matmul(head.t()).squeeze(0);
}

void expect_logits(const nlohmann::json& expected, const at::Tensor& actual) {
  ASSERT_EQ(actual.numel(), 4);
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(actual[i].item<double>(), expected.at(static_cast<std::size_t>(i)).get<double>(),
                kTolerance);
  }
}

class EncoderGolden : public testing::TestWithParam<Architecture> {
 protected:
  std::shared_ptr<Encoder> make(int64_t input_channels) {
    const auto encoder =
        make_encoder({.architecture = GetParam(), .input_channels = input_channels});
    encoder->eval();
    report_ = load_torchvision_weights(*encoder, formula_state(*encoder));
    return encoder;
  }
  nlohmann::json golden_ = read_goldens().at(std::string(to_string(GetParam())));
  LoadReport report_;
};

TEST_P(EncoderGolden, ColourLogitsEqualTorchvisions) {
  const auto encoder = make(3);
  EXPECT_FALSE(report_.folded);
  const auto size = golden_["size"].get<int64_t>();
  expect_logits(golden_["logits"],
                logits(*encoder, test::formula_image("square", {1, 3, size, size})));
  const auto odd = golden_["odd_size"].get<std::vector<int64_t>>();
  expect_logits(golden_["odd_logits"],
                logits(*encoder, test::formula_image("odd", {1, 3, odd[0], odd[1]})));
}

TEST_P(EncoderGolden, FoldedGreyLogitsEqualTorchvisionsOfTheGreyImageThreeTimes) {
  const auto encoder = make(1);
  EXPECT_TRUE(report_.folded);
  const auto size = golden_["size"].get<int64_t>();
  expect_logits(golden_["grey_logits"],
                logits(*encoder, test::formula_image("grey", {1, 1, size, size})));
}

INSTANTIATE_TEST_SUITE_P(Architectures, EncoderGolden,
                         testing::Values(Architecture::alexnet, Architecture::vgg16,
                                         Architecture::vgg19, Architecture::resnet34,
                                         Architecture::resnet50, Architecture::inception_v3),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace cxrnet::nn
