#include "cxrnet/explain/representation.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/nn/cxr_net.h"
#include "error_matchers.h"
#include "small_models.h"

namespace cxrnet::explain {
namespace {

nn::CxrNet small_model() { return test::small_network(nn::Architecture::resnet34); }

TEST(RepresentationTest, HasTheImagesSizeAndLiesBetweenZeroAndOne) {
  auto model = small_model();
  const auto explanation = explain_by_representation(model, at::rand({2, 1, 70, 97}));
  EXPECT_EQ(explanation.heat.sizes().vec(), (std::vector<int64_t>{2, 1, 70, 97}));
  EXPECT_EQ(explanation.logits.sizes().vec(), (std::vector<int64_t>{2, 4}));
  EXPECT_GE(explanation.heat.min().item<float>(), 0.0F);
  EXPECT_LE(explanation.heat.max().item<float>(), 1.0F);
}

TEST(RepresentationTest, IsTheRepresentationThatTheFullForwardPassFeedsTheSecondEncoder) {
  auto model = small_model();
  const auto image = at::rand({1, 1, 64, 64});
  const auto explanation = explain_by_representation(model, image);
  model->eval();
  const at::NoGradGuard no_grad;
  const auto full = model->forward(image);
  EXPECT_TRUE(at::allclose(explanation.heat, full.representation));
  EXPECT_TRUE(
      at::allclose(full.representation_logits, model->classify(explanation.heat), 1e-4, 1e-5));
}

TEST(RepresentationTest, LeavesTheModelUntouched) {
  auto model = small_model();
  model->train();
  const auto before = model->named_buffers()["encoder.bn1.running_mean"].clone();
  const auto explanation = explain_by_representation(model, at::rand({2, 1, 64, 64}));
  EXPECT_TRUE(model->is_training());
  EXPECT_FALSE(explanation.heat.requires_grad());
  EXPECT_TRUE(at::equal(model->named_buffers()["encoder.bn1.running_mean"], before));
  for (const auto& parameter : model->parameters()) EXPECT_FALSE(parameter.grad().defined());
}

TEST(RepresentationTest, OfEachClassIsThePredictedClassesUnlessAnotherIsAskedFor) {
  nn::CxrNetOptions options;
  options.encoder = {.architecture = nn::Architecture::resnet34, .width = 0.125};
  options.decoder.widths = {8, 8, 8, 8, 8};
  options.representation = nn::Representation::class_selection;
  nn::CxrNet model(options);
  const auto image = at::rand({3, 1, 64, 64});
  const auto explanation = explain_by_representation(model, image);
  const auto target = at::tensor({3, 0, 1}, at::kLong);
  const auto asked = explain_by_representation(model, image, target);
  model->eval();
  const at::NoGradGuard no_grad;
  const auto maps = model->explain(image).representation;
  ASSERT_EQ(maps.size(1), 4);
  for (int64_t n = 0; n < 3; ++n) {
    const auto predicted = explanation.logits[n].argmax().item<int64_t>();
    EXPECT_TRUE(at::allclose(explanation.heat[n][0], maps[n][predicted]));
    EXPECT_TRUE(at::allclose(asked.heat[n][0], maps[n][target[n].item<int64_t>()]));
  }
}

TEST(RepresentationTest, RefusesAnotherShapeAndAModelWithoutDecoder) {
  auto model = small_model();
  EXPECT_EQ(caught([&] {
              explain_by_representation(model, at::rand({1, 3, 64, 64}));
            }).code,
            ErrorCode::invalid_shape);
  nn::CxrNetOptions options;
  options.encoder = {.architecture = nn::Architecture::resnet34, .width = 0.125};
  options.representation = nn::Representation::none;
  nn::CxrNet plain(options);
  EXPECT_EQ(caught([&] {
              explain_by_representation(plain, at::rand({1, 1, 64, 64}));
            }).code,
            ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::explain
