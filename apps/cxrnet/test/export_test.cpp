// The verb export: what ONNX Runtime answers to the file.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/imgproc.hpp>

#include "cxrnet/imaging/resize.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
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
    const bool grey = image.scalar_type() == at::kByte;
    fs::remove(path("image.u8"));
    write_file_atomically(path(grey ? "image.u8" : "image.f32"),
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

// Chest phantoms: side by side of another height than width, as u8 [N, 1, H, W] and as images.
struct GreyImages {
  std::vector<cv::Mat> images;
  at::Tensor pixels;
};

GreyImages phantoms(int height, int width) {
  GreyImages all;
  std::vector<at::Tensor> pixels;
  for (const int seed : {1, 2}) {
    imaging::PhantomOptions options;
    options.size = 256;
    options.seed = seed;
    cv::Mat image;
    cv::resize(imaging::render_phantom(options).image, image, {width, height}, 0, 0,
               cv::INTER_AREA);
    if (image.depth() == CV_16U) image.convertTo(image, CV_8U, 1.0 / 257.0);
    all.images.push_back(image);
    pixels.push_back(at::from_blob(image.data, {1, 1, height, width}, at::kByte).clone());
  }
  all.pixels = at::cat(pixels);
  return all;
}

// Largest and mean difference in grey levels between what a graph prepared and OpenCV's.
struct GreyDifference {
  float largest, mean;
};

GreyDifference grey_difference(const at::Tensor& prepared, const std::vector<cv::Mat>& expected) {
  std::vector<at::Tensor> images;
  for (const auto& image : expected) images.push_back(pipeline::to_tensor(image));
  const auto all = at::cat(images);
  const auto difference = (prepared.view_as(all) - all).abs() * 255;
  return {difference.max().item<float>(), difference.mean().item<float>()};
}

struct GreyCase {
  const char* name;
  int height, width;
  bool clahe;
  int64_t size, tiles;
};

class GreyInput : public ExportTest, public testing::WithParamInterface<GreyCase> {};

// The graph prepares raw pixels as OpenCV does, and the network answers as nn does to that.
TEST_P(GreyInput, IsPreparedInTheGraph) {
  if (!fs::exists(CXRNET_NODE_MODULES)) GTEST_SKIP() << "no ONNX Runtime; run scripts/peers";
  const auto& row = GetParam();
  auto model = save(nn::Architecture::alexnet, nn::Representation::none);
  model.preprocessing.arm = nn::Arm::original;
  model.preprocessing.clahe = row.clahe;
  model.preprocessing.size = row.size;
  model.preprocessing.clahe_tiles = row.tiles;
  nn::save_model(path("exported.safetensors"), model);
  const auto outcome = export_to("model.onnx", "--input grey");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto input = phantoms(row.height, row.width);
  std::vector<cv::Mat> expected;
  for (const auto& image : input.images) {
    const auto square =
        imaging::resize_to_square(image, static_cast<int>(row.size), nn::Aspect::squeeze);
    expected.push_back(pipeline::classifier_input(square, {}, model.preprocessing));
  }
  const auto prepared = ask_onnxruntime(input.pixels, "prepared");
  const auto difference = grey_difference(prepared, expected);
  EXPECT_LE(difference.largest,
            row.clahe ? 4.0F : 1.01F);  // a rounding, and what CLAHE makes of it
  EXPECT_LT(difference.mean, row.clahe ? 0.5F : 0.15F);
  const at::NoGradGuard no_grad;
  const auto logits = model.classifier->explain(prepared.view({2, 1, row.size, row.size})).logits;
  const auto answered = ask_onnxruntime(input.pixels, "logits").view_as(logits);
  EXPECT_LT((answered - logits).abs().max().item<float>(), 1e-4F);
}

INSTANTIATE_TEST_SUITE_P(
    ExportTest, GreyInput,
    testing::Values(GreyCase{"shrinks", 301, 213, false, 96, 8},
                    GreyCase{"shrinks_by_a_whole_number", 192, 288, false, 96, 8},
                    GreyCase{"of_the_size", 96, 96, false, 96, 8},
                    GreyCase{"enlarges", 64, 80, false, 96, 8},
                    GreyCase{"clahe", 301, 213, true, 96, 8},
                    GreyCase{"clahe_of_tiles_that_do_not_fit", 120, 100, true, 98, 8},
                    GreyCase{"clahe_of_few_tiles", 120, 100, true, 96, 2}),
    [](const auto& row) { return std::string(row.param.name); });

// The lungs' network stands in front: the segmenter is the default model's, which finds two lungs
// in a phantom, so that its mask needs no mending.
TEST_F(ExportTest, LungsAreCutInTheGraph) {
  if (!fs::exists(CXRNET_NODE_MODULES)) GTEST_SKIP() << "no ONNX Runtime; run scripts/peers";
  const fs::path file = CXRNET_SOURCE_DIR "/models/cxrnet-default.safetensors";
  const auto model = nn::load_model(file);
  const auto outcome = run("export --model " + file.string() + " --out " +
                           path("model.onnx").string() + " --json --input grey");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto input = phantoms(256, 256);
  pipeline::Diagnoser diagnoser(model, {});
  std::vector<cv::Mat> expected;
  std::vector<double> probabilities;
  for (const auto& image : input.images) {
    imaging::GreyImage grey;
    grey.pixels = image;
    const auto diagnosis = diagnoser.diagnose(grey, /*explain=*/false);
    expected.push_back(diagnosis.enhanced);
    probabilities.insert(probabilities.end(), diagnosis.probabilities.begin(),
                         diagnosis.probabilities.end());
  }
  const auto difference = grey_difference(ask_onnxruntime(input.pixels, "prepared"), expected);
  EXPECT_LT(difference.mean, 1.0F);  // some pixels of the lungs' edges
  const auto logits = ask_onnxruntime(input.pixels, "logits").view({2, 4}).to(at::kDouble);
  const auto answered = (logits / model.calibration.temperature).softmax(1).flatten();
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    EXPECT_NEAR(answered[static_cast<int64_t>(i)].item<double>(), probabilities[i], 0.05) << i;
}

TEST_F(ExportTest, SaysWhichStepsAreNotInTheGraph) {
  save(nn::Architecture::alexnet, nn::Representation::none);  // segmented lungs, CLAHE
  const auto steps = [&](const std::string& arguments, const char* list) {
    const auto outcome = export_to("model.onnx", arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return std::string(json::parse(outcome.out)["metadata"][list]);
  };
  for (const char* step : {"resize", "lungs by the segmenter", "CLAHE", "grey values to [0, 1]"}) {
    EXPECT_NE(steps("", "not_in_graph").find(step), std::string::npos) << step;
    EXPECT_EQ(steps("", "in_graph").find(step), std::string::npos) << step;
    EXPECT_NE(steps("--input grey", "in_graph").find(step), std::string::npos) << step;
    EXPECT_EQ(steps("--input grey", "not_in_graph").find(step), std::string::npos) << step;
  }
  EXPECT_NE(steps("--input grey", "not_in_graph").find("two largest parts"), std::string::npos);
  EXPECT_NE(steps("", "in_graph").find("normalisation"), std::string::npos);
  EXPECT_EQ(steps("--input grey --network segmenter", "in_graph").find("CLAHE"), std::string::npos);
}

TEST_F(ExportTest, RefusesGreyInputThatAGraphCannotTake) {
  auto model = save(nn::Architecture::alexnet, nn::Representation::none);
  const auto refused = [&](const std::string& arguments, const char* words) {
    nn::save_model(path("exported.safetensors"), model);
    const auto outcome = export_to("refused.onnx", "--input grey " + arguments);
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
  };
  refused("--format torchscript", "expected --format onnx");
  model.preprocessing.mask_dilation = 2;
  refused("", "dilated");
  model.preprocessing.aspect = nn::Aspect::keep;
  refused("", "keeps their aspect");
  EXPECT_FALSE(fs::exists(path("refused.onnx")));
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

TEST_F(ExportTest, NeverReplacesTheModel) {
  save(nn::Architecture::alexnet, nn::Representation::none);
  const auto before = read_file(path("exported.safetensors"));
  const auto outcome = export_to("exported.safetensors", "--overwrite");
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_NE(outcome.err.find("[output_exists]"), std::string::npos) << outcome.err;
  EXPECT_TRUE(read_file(path("exported.safetensors")) == before);
}

TEST_F(ExportTest, RefusesWhatItCannotWrite) {
  const auto unknown = export_to("model.onnx", "--format tflite");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("torchscript"), std::string::npos);
  EXPECT_EQ(export_to("model.onnx", "--size 16").status, 3);  // too small for an AlexNet
}

}  // namespace
}  // namespace cxrnet::app
