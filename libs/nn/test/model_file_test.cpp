#include "cxrnet/nn/model_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/safetensors.h"

namespace cxrnet::nn {
namespace {

class ModelFileTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) /
            (std::string("cxrnet-") + info->name() + ".safetensors");
  }
  void TearDown() override { std::filesystem::remove(path_); }

  static ModelFile small_model() {
    torch::manual_seed(1);
    ModelFile model;
    model.name = "small";
    model.classifier =
        CxrNet(CxrNetOptions{.encoder = {.architecture = Architecture::resnet34, .width = 0.125},
                             .decoder = {.widths = {8, 8, 8, 8, 8}}});
    model.segmenter = UNet(UNetOptions{.base_width = 4, .levels = 3});
    model.preprocessing = {.size = 96, .aspect = Aspect::keep, .clahe_clip_limit = 3.0};
    model.calibration = {.temperature = 1.7, .fitted = true};
    model.ood = {.class_means = at::rand({4, 64}),
                 .variance = at::rand({64}) + 0.5,
                 .distance_threshold = 2.5,
                 .lung_fraction_low = 0.1,
                 .lung_fraction_high = 0.6,
                 .fitted = true};
    model.provenance = {{"epochs", 3}};
    model.licence = "CC-BY-4.0";
    model.card = {{"intended_use", "research"}};
    model.classifier->train();
    const at::NoGradGuard no_grad;  // statistics other than the first ones
    model.classifier->forward(at::rand({4, 1, 64, 64}));
    model.classifier->eval();
    model.segmenter->eval();
    return model;
  }

  // Saves a small model, lets `change` edit the file's contents, and loads it again.
  template <class Change>
  ErrorCode code_after(Change change) {
    save_model(path_, small_model());
    auto contents = read_safetensors(path_);
    change(contents);
    write_safetensors(path_, contents);
    try {
      load_model(path_);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;  // accepted
  }

  static void edit_description(Safetensors& contents,
                               const std::function<void(nlohmann::json&)>& edit) {
    auto description = nlohmann::json::parse(contents.metadata.at("model"));
    edit(description);
    contents.metadata["model"] = description.dump();
  }

  std::filesystem::path path_;
};

TEST_F(ModelFileTest, FloatModelAnswersTheSameAfterLoading) {
  auto model = small_model();
  save_model(path_, model, at::kFloat);
  auto again = load_model(path_);
  const at::NoGradGuard no_grad;
  const auto image = at::rand({1, 1, 80, 70});
  const auto expected = model.classifier->explain(image);
  const auto actual = again.classifier->explain(image);
  EXPECT_TRUE(actual.logits.equal(expected.logits));
  EXPECT_TRUE(actual.representation.equal(expected.representation));
  EXPECT_TRUE(again.segmenter->forward(image).equal(model.segmenter->forward(image)));
}

TEST_F(ModelFileTest, HalfModelAnswersNearlyTheSameAndIsHalfTheSize) {
  auto model = small_model();
  model.classifier->head()->fc()->bias.data().fill_(0.1F);  // which no half is
  save_model(path_, model, at::kFloat);
  const auto full_size = std::filesystem::file_size(path_);
  save_model(path_, model);
  EXPECT_LT(static_cast<double>(std::filesystem::file_size(path_)),
            0.6 * static_cast<double>(full_size));
  auto again = load_model(path_);
  const at::NoGradGuard no_grad;
  const auto image = at::rand({1, 1, 64, 64});
  EXPECT_TRUE(at::allclose(again.classifier->classify(image), model.classifier->classify(image),
                           1e-2, 1e-2));
  for (const auto& parameter : again.classifier->parameters())
    EXPECT_EQ(parameter.scalar_type(), at::kFloat);
  EXPECT_TRUE(again.classifier->head()->fc()->bias.equal(model.classifier->head()->fc()->bias));
}

TEST_F(ModelFileTest, KeepsEverythingElse) {
  const auto model = small_model();
  save_model(path_, model);
  const auto again = load_model(path_);
  EXPECT_EQ(again.name, "small");
  EXPECT_FALSE(again.classifier->is_training());
  EXPECT_FALSE(again.segmenter->is_training());
  EXPECT_EQ(options_to_json(again.classifier->options()),
            options_to_json(model.classifier->options()));
  EXPECT_EQ(options_to_json(again.preprocessing), options_to_json(model.preprocessing));
  EXPECT_EQ(again.calibration.temperature, 1.7);
  EXPECT_TRUE(again.calibration.fitted);
  EXPECT_TRUE(again.ood.class_means.equal(model.ood.class_means));
  EXPECT_TRUE(again.ood.variance.equal(model.ood.variance));
  EXPECT_EQ(again.ood.distance_threshold, 2.5);
  EXPECT_EQ(again.ood.lung_fraction_low, 0.1);
  EXPECT_EQ(again.ood.lung_fraction_high, 0.6);
  EXPECT_TRUE(again.ood.fitted);
  EXPECT_EQ(again.provenance, model.provenance);
  EXPECT_EQ(again.licence, model.licence);
  EXPECT_EQ(again.card, model.card);
}

TEST_F(ModelFileTest, EitherNetworkMayBeAbsent) {
  auto model = small_model();
  model.classifier = CxrNet{nullptr};
  save_model(path_, model);
  EXPECT_TRUE(load_model(path_).classifier.is_empty());
  EXPECT_FALSE(load_model(path_).segmenter.is_empty());
  model.segmenter = UNet{nullptr};
  EXPECT_THROW(save_model(path_, model), Error);
}

TEST_F(ModelFileTest, SavingLeavesTheNetworksAsTheyWere) {
  auto model = small_model();
  model.classifier->train();
  const auto before = model.classifier->named_parameters()["encoder.conv1.weight"].detach().clone();
  save_model(path_, model);
  EXPECT_TRUE(model.classifier->is_training());
  EXPECT_TRUE(model.classifier->named_parameters()["encoder.conv1.weight"].equal(before));
}

TEST_F(ModelFileTest, SavingAndLoadingDrawNoRandomNumbers) {
  const auto model = small_model();
  torch::manual_seed(7);
  const auto expected = at::rand({8});
  torch::manual_seed(7);
  save_model(path_, model);
  load_model(path_);
  EXPECT_TRUE(at::rand({8}).equal(expected));
}

TEST_F(ModelFileTest, RefusesToSaveNumbersThatAreNotFinite) {
  auto model = small_model();
  const at::NoGradGuard no_grad;
  model.classifier->named_parameters()["encoder.conv1.weight"].view({-1})[0] =
      1e6;  // infinite in half precision
  EXPECT_THROW(save_model(path_, model), Error);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ModelFileTest, DescribesWithoutNetworks) {
  save_model(path_, small_model());
  const auto description = describe_model(path_);
  EXPECT_EQ(description.at("format"), "cxrnet.model/1");
  EXPECT_EQ(description.at("classifier").at("architecture"), "resnet34");
  EXPECT_EQ(description.at("labels").size(), 4U);
  EXPECT_EQ(description.at("preprocessing").at("size"), 96);
  EXPECT_EQ(description.at("licence"), "CC-BY-4.0");
  EXPECT_EQ(description.at("golden").at("logits").size(), 4U);
}

TEST_F(ModelFileTest, UnchangedContentsAreAccepted) {
  EXPECT_EQ(code_after([](Safetensors&) {}), ErrorCode::internal);
}

TEST_F(ModelFileTest, RefusesAnotherVersion) {
  EXPECT_EQ(code_after([](Safetensors& file) { file.metadata["format"] = "cxrnet.model/2"; }),
            ErrorCode::model_version);
}

TEST_F(ModelFileTest, RefusesSafetensorsOfAnotherKind) {
  EXPECT_EQ(code_after([](Safetensors& file) { file.metadata.clear(); }), ErrorCode::corrupt_model);
}

TEST_F(ModelFileTest, RefusesADamagedWeight) {
  EXPECT_EQ(code_after([](Safetensors& file) {
              file.tensors.at("segmenter.up0.block1.conv.weight").view({-1})[0] += 1;
            }),
            ErrorCode::corrupt_model);
}

TEST_F(ModelFileTest, RefusesAMissingTensor) {
  EXPECT_EQ(code_after([](Safetensors& file) { file.tensors.erase("classifier.head.fc.bias"); }),
            ErrorCode::corrupt_model);
}

TEST_F(ModelFileTest, RefusesTheNetworkOfAnotherShape) {
  EXPECT_EQ(code_after([](Safetensors& file) {
              edit_description(file, [](auto& model) { model["segmenter"]["base-width"] = 8; });
            }),
            ErrorCode::corrupt_model);
}

TEST_F(ModelFileTest, RefusesAnUnknownArchitecture) {
  EXPECT_EQ(code_after([](Safetensors& file) {
              edit_description(
                  file, [](auto& model) { model["classifier"]["architecture"] = "resnet18"; });
            }),
            ErrorCode::corrupt_model);
}

TEST_F(ModelFileTest, RefusesAnotherGoldenPair) {
  for (const char* name : {"logits", "representation", "mask"}) {
    EXPECT_EQ(code_after([name](Safetensors& file) {
                edit_description(file, [name](auto& model) {
                  model["golden"][name][2] = model["golden"][name][2].template get<double>() + 0.1;
                });
              }),
              ErrorCode::corrupt_model)
        << name;
  }
}

TEST_F(ModelFileTest, RefusesFiguresThatCannotBeUsed) {
  EXPECT_EQ(code_after([](Safetensors& file) {
              edit_description(file, [](auto& model) { model["calibration"]["temperature"] = 0; });
            }),
            ErrorCode::corrupt_model);
  auto model = small_model();
  model.ood.variance = at::ones({3});
  EXPECT_THROW(save_model(path_, model), Error);
}

TEST_F(ModelFileTest, RefusesMissingEntries) {
  for (const char* name : {"labels", "preprocessing", "calibration", "golden", "checksum", "ood"}) {
    EXPECT_EQ(code_after([name](Safetensors& file) {
                edit_description(file, [name](auto& model) { model.erase(name); });
              }),
              ErrorCode::corrupt_model)
        << name;
  }
}

TEST_F(ModelFileTest, RefusesATruncatedFile) {
  save_model(path_, small_model());
  const auto bytes = read_file(path_);
  write_file_atomically(path_, std::string_view(bytes).substr(0, bytes.size() / 2));
  try {
    load_model(path_);
    FAIL() << "accepted half a file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt_model);
  }
}

}  // namespace
}  // namespace cxrnet::nn
