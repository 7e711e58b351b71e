// The verb export: what ONNX Runtime answers to the file.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>

#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

constexpr int64_t kSize = 96;

class ExportTest : public ImagesTest {
 protected:
  static nn::ModelFile save(nn::Architecture architecture, nn::Representation representation) {
    at::manual_seed(9);
    nn::ModelFile model;
    model.name = "exported";
    nn::CxrNetOptions options;
    options.encoder.architecture = architecture;
    options.encoder.width = 0.25;
    options.decoder.widths = {16, 16, 8, 8, 8};
    options.representation = representation;
    model.classifier = nn::CxrNet(options);
    model.segmenter = nn::UNet(nn::UNetOptions{.base_width = 4, .levels = 3});
    model.preprocessing.size = kSize;
    nn::save_model(path("exported.safetensors"), model);
    return nn::load_model(path("exported.safetensors"));
  }

  static Outcome export_to(const std::string& file, const std::string& arguments = "") {
    return run("export --model " + path("exported.safetensors").string() + " --out " +
               path(file).string() + " --json " + arguments);
  }

  // What ONNX Runtime says of `image`, by output name.
  static at::Tensor ask_onnxruntime(const at::Tensor& image, const std::string& output) {
    const auto contiguous = image.contiguous();
    write_file_atomically(path("image.f32"),
                          {static_cast<const char*>(contiguous.data_ptr()), contiguous.nbytes()});
    const auto command = "printf 'answer\\n' | NODE_PATH=" CXRNET_NODE_MODULES
                         " node " CXRNET_SOURCE_DIR "/apps/cxrnet/peers/onnxruntime.js " +
                         folder_->path().string() + " 1 " + std::to_string(image.size(0)) + " " +
                         std::to_string(image.size(2)) + " " + std::to_string(image.size(3)) +
                         " >" + path("peer.out").string();
    EXPECT_EQ(std::system(command.c_str()), 0) << read_text(path("peer.out"));
    const auto bytes = read_file(path(output + ".f32"));
    auto numbers = at::empty({static_cast<int64_t>(bytes.size() / sizeof(float))}, at::kFloat);
    std::memcpy(numbers.data_ptr(), bytes.data(), bytes.size());
    return numbers;
  }
};

class EveryArchitecture : public ExportTest,
                          public testing::WithParamInterface<nn::Architecture> {};

// Exported for one image, asked about three.
TEST_P(EveryArchitecture, OnnxRuntimeAnswersAsNnDoes) {
  if (!fs::exists(CXRNET_NODE_MODULES)) GTEST_SKIP() << "no ONNX Runtime; run scripts/peers";
  for (const auto representation :
       {nn::Representation::image, nn::Representation::class_selection}) {
    SCOPED_TRACE(std::string(to_string(representation)));
    auto model = save(GetParam(), representation);
    const auto outcome = export_to("model.onnx");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const at::NoGradGuard no_grad;
    const auto image = at::rand({3, 1, kSize, kSize});
    const auto expected = model.classifier->explain(image);
    const auto logits = ask_onnxruntime(image, "logits").view_as(expected.logits);
    const auto heat = ask_onnxruntime(image, "representation").view_as(expected.representation);
    EXPECT_LT((logits - expected.logits).abs().max().item<float>(), 1e-4F);
    EXPECT_LT((heat - expected.representation).abs().max().item<float>(), 1e-4F);
  }
}

INSTANTIATE_TEST_SUITE_P(ExportTest, EveryArchitecture,
                         testing::Values(nn::Architecture::alexnet, nn::Architecture::vgg16,
                                         nn::Architecture::vgg19, nn::Architecture::resnet34,
                                         nn::Architecture::resnet50,
                                         nn::Architecture::inception_v3),
                         [](const auto& row) { return std::string(to_string(row.param)); });

// 90 is no multiple of the U-Net's 4: it pads.
TEST_F(ExportTest, SegmenterOfAnotherSize) {
  if (!fs::exists(CXRNET_NODE_MODULES)) GTEST_SKIP() << "no ONNX Runtime; run scripts/peers";
  auto model = save(nn::Architecture::alexnet, nn::Representation::none);
  ASSERT_EQ(export_to("model.onnx", "--network segmenter --size 90").status, 0);
  const at::NoGradGuard no_grad;
  const auto image = at::rand({2, 1, 90, 90});
  const auto expected = model.segmenter->forward(image).sigmoid();
  const auto actual = ask_onnxruntime(image, "lung_probability").view_as(expected);
  EXPECT_LT((actual - expected).abs().max().item<float>(), 1e-4F);
}

TEST_F(ExportTest, SaysWhatAUserNeeds) {
  save(nn::Architecture::alexnet, nn::Representation::none);
  const auto outcome = export_to("model.pt", "--format torchscript");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["schema"], "cxrnet.export/1");
  EXPECT_EQ(result["outputs"], (json{"logits", "features"}));
  EXPECT_EQ(json::parse(std::string(result["metadata"]["preprocessing"]))["size"], kSize);
  EXPECT_EQ(json::parse(std::string(result["metadata"]["labels"])).size(), 4);
  EXPECT_TRUE(fs::exists(path("model.pt")));
}

TEST_F(ExportTest, RefusesWhatItCannotWrite) {
  const auto unknown = export_to("model.onnx", "--format tflite");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("torchscript"), std::string::npos);
  EXPECT_EQ(export_to("model.onnx", "--size 16").status, 3);  // too small for an AlexNet
}

}  // namespace
}  // namespace cxrnet::app
