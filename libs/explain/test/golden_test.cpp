// Saliency, integrated gradients and Grad-CAM against plain PyTorch over torchvision's encoders:
// tools/golden/explanations.py.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/explain/heat_map.h"
#include "cxrnet/explain/method.h"
#include "cxrnet/nn/cxr_net.h"
#include "formula.h"
#include "small_models.h"

namespace cxrnet::explain {
namespace {

constexpr double kTolerance = 1e-4;

const nlohmann::json& goldens() {
  static const auto json = [] {
    std::ifstream file(std::string(CXRNET_TEST_DATA) + "/explanations.json");
    return nlohmann::json::parse(file);
  }();
  return json;
}

// torchvision's widths, three input channels, no decoder; every tensor from its name.
nn::CxrNet formula_network(nn::Architecture architecture) {
  nn::CxrNetOptions options;
  options.encoder = {.architecture = architecture, .input_channels = 3};
  options.classes = goldens().at("classes").get<int64_t>();
  options.representation = nn::Representation::none;
  nn::CxrNet model(options);
  const at::NoGradGuard no_gradient;
  const auto fill = [](const std::string& name, at::Tensor& tensor) {
    if (tensor.dim() > 0) tensor.copy_(nn::test::formula_weights(name, tensor.sizes()));
  };
  for (auto& item : model->encoder().named_parameters()) fill(item.key(), item.value());
  for (auto& item : model->encoder().named_buffers()) fill(item.key(), item.value());
  fill("head.fc.weight", model->head()->fc()->weight);
  model->head()->fc()->bias.zero_();
  return model;
}

Question question_of(const nlohmann::json& golden) {
  const auto height = golden.at("height").get<int64_t>();
  const auto width = golden.at("width").get<int64_t>();
  return {.image = (nn::test::formula_image("scan", {1, 1, height, width}) + 1.0) / 2.0,
          .target = at::full({1}, golden.at("target").get<int64_t>(), at::kLong),
          .lungs = {}};
}

MethodOptions golden_options() {
  MethodOptions options;
  options.gradients.integrated_gradients_steps = goldens().at("steps").get<int64_t>();
  return options;
}

// How far the heat is from the golden at the pixels that it holds.
at::Tensor differences(const at::Tensor& heat, const nlohmann::json& golden, Method method) {
  const auto values = golden.at(std::string(to_string(method))).get<std::vector<float>>();
  const auto expected = at::tensor(values);
  EXPECT_GT(expected.std().item<double>(), 0.01);  // the golden says something
  const auto flat = heat.flatten();
  return (flat.slice(0, 0, flat.numel(), goldens().at("stride").get<int64_t>()) - expected).abs();
}

class ExplanationGolden : public testing::TestWithParam<nn::Architecture> {
 protected:
  // Through the layer's front door, as it is used.
  void expect_heat_close_in_single_precision() {
    const auto difference = [this](Method method) {
      return differences(explain(model_, method, question_, golden_options()), golden_, method);
    };
    EXPECT_LT(difference(Method::grad_cam).max().item<double>(), kTolerance);
    EXPECT_LT(difference(Method::saliency).mean().item<double>(), 10 * kTolerance);
    EXPECT_LT(difference(Method::integrated_gradients).mean().item<double>(), 10 * kTolerance);
  }

  // As the golden: in single precision rounding decides which rectifiers pass.
  void expect_maps_equal_in_double_precision() {
    model_->to(at::kDouble);
    model_->eval();
    const auto& target = question_.target;
    const auto image = question_.image.to(at::kDouble);
    const Classifier classifier = [this](const at::Tensor& input) {
      return model_->classify(input);
    };
    const auto expect_equal = [this](const at::Tensor& map, Method method) {
      const auto heat = normalise_heat(map.to(at::kDouble));
      EXPECT_LT(differences(heat, golden_, method).max().item<double>(), kTolerance)
          << to_string(method);
    };
    expect_equal(logit_gradient(classifier, image, target, {}).abs(), Method::saliency);
    expect_equal(
        integrated_gradients(classifier, image, target, golden_options().gradients, {}).abs(),
        Method::integrated_gradients);
    const auto cam = grad_cam(level_gradient(model_, image, target, 4, {}));
    expect_equal(upsample_map(cam, image.size(2), image.size(3)), Method::grad_cam);
  }

  nlohmann::json golden_ = goldens().at("architectures").at(std::string(to_string(GetParam())));
  nn::CxrNet model_ = formula_network(GetParam());
  Question question_ = question_of(golden_);
};

TEST_P(ExplanationGolden, EqualsPyTorch) {
  expect_heat_close_in_single_precision();
  expect_maps_equal_in_double_precision();
}

INSTANTIATE_TEST_SUITE_P(Architectures, ExplanationGolden, testing::ValuesIn(test::kArchitectures),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace cxrnet::explain
