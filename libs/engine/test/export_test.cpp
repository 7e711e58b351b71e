// TorchScript read back by libtorch. ONNX is compared with ONNX Runtime by the program's tests.
#include "cxrnet/engine/export.h"

#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <sstream>

#include "cxrnet/core/error.h"
#include "error_matchers.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

ExportedNetwork exported(nn::CxrNet network) {
  for (auto& parameter : network->parameters()) parameter.set_requires_grad(false);
  return {.function = [network](const at::Tensor& image) mutable -> std::vector<at::Tensor> {
            const auto output = network->explain(image);
            return {output.logits, output.representation};
          },
          .size = {96, 80},
          .outputs = {"logits", "representation"},
          .metadata = {{"labels", "[\"a\"]"}},
          .name = "test"};
}

class Exports : public testing::TestWithParam<nn::Architecture> {};

TEST_P(Exports, TorchScriptAnswersAnyNumberOfImages) {
  auto network = test::make_network(test::small_options(GetParam()));
  std::istringstream archive(to_torchscript(exported(network)));
  torch::jit::ExtraFilesMap files{{"labels", ""}};
  auto module = torch::jit::load(archive, c10::nullopt, files);
  EXPECT_EQ(files["labels"], "[\"a\"]");
  const at::NoGradGuard no_grad;
  for (const int64_t number : {1, 3}) {
    const auto image = at::rand({number, 1, 96, 80});
    const auto expected = network->explain(image);
    const auto actual = module.forward({image}).toTuple()->elements();
    EXPECT_TRUE(at::allclose(actual[0].toTensor(), expected.logits, 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(actual[1].toTensor(), expected.representation, 1e-4, 1e-5));
  }
}

INSTANTIATE_TEST_SUITE_P(AllArchitectures, Exports,
                         testing::Values(nn::Architecture::alexnet, nn::Architecture::vgg16,
                                         nn::Architecture::vgg19, nn::Architecture::resnet34,
                                         nn::Architecture::resnet50,
                                         nn::Architecture::inception_v3),
                         [](const auto& row) { return std::string(to_string(row.param)); });

// The exporter asks ONNX's checker itself, which throws on a model that breaks the format.
TEST(OnnxExport, HoldsTheMetadata) {
  const auto model =
      to_onnx(exported(test::make_network(test::small_options(nn::Architecture::alexnet))));
  EXPECT_NE(model.find("labels"), std::string::npos);
}

TEST(OnnxExport, RefusesAnOperationThatItLacks) {
  const ExportedNetwork network{
      .function = [](const at::Tensor& image) -> std::vector<at::Tensor> { return {image.exp()}; },
      .size = {8, 8},
      .outputs = {"exp"},
      .metadata = {},
      .name = "test"};
  const auto error = caught([&] { to_onnx(network); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("aten::exp"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet::engine
