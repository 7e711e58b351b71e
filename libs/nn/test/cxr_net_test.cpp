#include "cxrnet/nn/cxr_net.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/initialisation.h"
#include "cxrnet/nn/losses.h"
#include "reduced_precision.h"

namespace cxrnet::nn {
namespace {

CxrNetOptions small(Architecture architecture, int64_t input_channels = 1) {
  return {
      .encoder = {.architecture = architecture, .input_channels = input_channels, .width = 0.125},
      .decoder = {.widths = {16, 8, 8, 8, 8}}};
}

CxrNet make(const CxrNetOptions& options) {
  torch::manual_seed(1);
  CxrNet network(options);
  network->eval();
  return network;
}

class AllArchitectures : public testing::TestWithParam<Architecture> {};

TEST_P(AllArchitectures, BothPassesAnswerAtAnySize) {
  const at::NoGradGuard no_grad;
  const std::array<std::array<int64_t, 2>, 2> sizes{{{96, 96}, {81, 107}}};
  for (const int64_t input_channels : {1, 3}) {
    auto network = make(small(GetParam(), input_channels));
    for (const auto& [height, width] : sizes) {
      const auto image = at::rand({2, 1, height, width});
      const auto [logits, representation, logits_again, pooled] = network->forward(image);
      EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{2, 4}));
      EXPECT_TRUE(at::allclose(pooled, network->pooled_features(image)));
      EXPECT_EQ(logits_again.sizes(), (std::vector<int64_t>{2, 4}));
      EXPECT_EQ(representation.sizes(), image.sizes());
      EXPECT_GE(representation.min().item<float>(), 0.0F);
      EXPECT_LE(representation.max().item<float>(), 1.0F);
    }
  }
}

// The second pass is the same encoder and head on the representation (Fig. 4).
TEST_P(AllArchitectures, SecondPassSharesTheWeights) {
  const at::NoGradGuard no_grad;
  auto network = make(small(GetParam()));
  const auto output = network->forward(at::rand({1, 1, 96, 96}));
  EXPECT_TRUE(at::allclose(output.representation_logits, network->classify(output.representation)));
}

TEST_P(AllArchitectures, ShorterPassesAnswerTheSame) {
  const at::NoGradGuard no_grad;
  auto network = make(small(GetParam()));
  const auto image = at::rand({1, 1, 96, 96});
  const auto both = network->forward(image);
  const auto explained = network->explain(image);
  EXPECT_TRUE(at::allclose(explained.logits, both.logits));
  EXPECT_TRUE(at::allclose(explained.representation, both.representation));
  EXPECT_FALSE(explained.representation_logits.defined());
  EXPECT_TRUE(at::allclose(network->classify(image), both.logits));
  const auto pooled = network->pooled_features(image);
  EXPECT_EQ(pooled.size(1), network->encoder().channels().back());
  EXPECT_TRUE(at::allclose(network->head()->fc()->forward(pooled), both.logits, 1e-4, 1e-5));
}

TEST_P(AllArchitectures, RunsInReducedPrecisionChannelsLast) {
  const at::NoGradGuard no_grad;
  auto network = make(small(GetParam()));
  const auto image = at::rand({2, 1, 96, 96});
  const auto full = network->forward(image);
  use_channels_last(*network);
  const test::Bfloat16Autocast autocast;
  const auto reduced = network->forward(image.contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(reduced.logits.scalar_type(), at::kFloat);
  EXPECT_EQ(reduced.representation.scalar_type(), at::kFloat);
  EXPECT_LT(test::relative_error(reduced.logits, full.logits), 0.05);
  EXPECT_LT(test::relative_error(reduced.representation, full.representation), 0.05);
}

INSTANTIATE_TEST_SUITE_P(Architectures, AllArchitectures,
                         testing::Values(Architecture::alexnet, Architecture::vgg16,
                                         Architecture::vgg19, Architecture::resnet34,
                                         Architecture::resnet50, Architecture::inception_v3),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST(CxrNet, TrainsInReducedPrecision) {
  auto network = make(small(Architecture::resnet50));
  use_channels_last(*network);
  network->train();
  const auto target = at::eye(4).slice(0, 0, 2);
  at::Tensor loss;
  {
    const test::Bfloat16Autocast autocast;
    loss = fusion_loss(network->forward(at::rand({2, 1, 64, 64})), target);
  }
  loss.backward();
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  for (const auto& item : network->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_EQ(item.value().grad().scalar_type(), at::kFloat) << item.key();
    EXPECT_TRUE(at::isfinite(item.value().grad()).all().item<bool>()) << item.key();
  }
}

// Grey values of [0, 1] reach the encoder as [-2, 2].
TEST(CxrNet, TheEncoderSeesNormalisedValues) {
  const at::NoGradGuard no_grad;
  auto network = make(small(Architecture::alexnet));
  const auto image = at::rand({1, 1, 64, 64});
  const auto expected = network->encoder().features(image * 4.0 - 2.0);
  EXPECT_TRUE(at::allclose(network->features(image).front(), expected.front(), 1e-4, 1e-5));
}

// The slope of the fusion loss along its own gradient, by finite differences, equals the gradient's
// squared norm.
TEST(CxrNet, GradientOfTheFusionLossEqualsFiniteDifferences) {
  auto network = make(small(Architecture::alexnet));
  auto image = at::rand({2, 1, 64, 64}).requires_grad_();
  const auto target = at::eye(4).slice(0, 1, 3);
  const auto loss = [&](const at::Tensor& input) {
    return fusion_loss(network->forward(input), target);
  };
  loss(image).backward();
  const auto gradient = image.grad().clone();
  const auto direction = gradient / gradient.norm();
  const at::NoGradGuard no_grad;
  constexpr double kStep = 0.01;
  const auto slope =
      (loss(image + kStep * direction) - loss(image - kStep * direction)).item<double>() /
      (2 * kStep);
  EXPECT_NEAR(slope / gradient.norm().item<double>(), 1.0, 0.05);
}

TEST(CxrNet, SelectionHasOneMapOrOnePerClass) {
  const at::NoGradGuard no_grad;
  const auto image = at::rand({3, 1, 81, 107});
  for (const auto& [representation, maps] :
       {std::pair{Representation::selection, 1}, std::pair{Representation::class_selection, 4}}) {
    auto options = small(Architecture::resnet34);
    options.representation = representation;
    options.selection_cells = 4;
    auto network = make(options);
    const auto output = network->forward(image);
    EXPECT_EQ(output.representation.sizes(), (std::vector<int64_t>{3, maps, 81, 107}));
    EXPECT_FALSE(output.representation_logits.defined());
    const auto cells = network->selection_logits(image, network->features(image));
    ASSERT_EQ(cells.sizes(), (std::vector<int64_t>{3, maps, 4, 4}));
    // The map's corners lie outside the cells' centres: there it holds the corner cell.
    EXPECT_TRUE(at::allclose(output.representation.select(2, 0).select(2, 0),
                             cells.sigmoid().select(2, 0).select(2, 0)));
  }
}

TEST(ShownShare, CountsPixelsThatAreNotBlack) {
  auto image = at::full({1, 1, 8, 8}, 0.5);
  image.slice(3, 0, 2).fill_(0.04);                 // of the left cells two columns of four
  image.slice(2, 4, 8).slice(3, 0, 3).fill_(0.04);  // of the lower one three: too little is left
  const auto share = shown_share(image, 2);
  EXPECT_TRUE(at::allclose(share, at::tensor({0.5F, 1.0F, 0.0F, 1.0F}).view({1, 1, 2, 2})));
}

TEST(CxrNet, SelectsNothingWhereTheLungMaskLeftNothing) {
  const at::NoGradGuard no_grad;
  auto options = small(Architecture::resnet34);
  options.representation = Representation::selection;
  options.selection_cells = 4;
  auto network = make(options);
  auto image = at::rand({2, 1, 64, 64}) * 0.9 + 0.1;
  image.slice(2, 0, 40).fill_(0.04);  // two rows of cells and half of the third
  const auto features = network->features(image);
  const auto cells = network->selection_logits(image, features);
  EXPECT_LT(cells.slice(2, 0, 2).sigmoid().max().item<double>(), 1e-20);
  const auto free = at::adaptive_avg_pool2d(network->decoder()->forward(image, features), {4, 4});
  EXPECT_TRUE(at::allclose(cells.slice(2, 2), free.slice(2, 2)));
  // Between the centres of the second and the third row the map is interpolated.
  const auto heat = network->forward(image).representation;
  EXPECT_LT(heat.slice(2, 0, 24).max().item<double>(), 1e-20);
  EXPECT_GT(heat.slice(2, 25).min().item<double>(), 0.0);
}

TEST(CxrNet, WithoutDecoderItIsAPlainClassifier) {
  const at::NoGradGuard no_grad;
  auto options = small(Architecture::resnet34);
  options.representation = Representation::none;
  auto network = make(options);
  const auto image = at::rand({1, 1, 64, 64});
  const auto output = network->forward(image);
  EXPECT_TRUE(output.logits.equal(network->classify(image)));
  EXPECT_FALSE(output.representation.defined());
  for (const auto& item : network->named_parameters())
    EXPECT_NE(item.key().rfind("decoder.", 0), 0U) << item.key();
}

TEST(CxrNet, EveryUpsamplingAndNoSkipsReachTheImagesSize) {
  const at::NoGradGuard no_grad;
  for (const auto upsampling :
       {Upsampling::pixel_shuffle, Upsampling::nearest, Upsampling::transposed}) {
    for (const bool skips : {true, false}) {
      auto options = small(Architecture::alexnet);
      options.decoder.upsampling = upsampling;
      options.decoder.skips = skips;
      auto network = make(options);
      const auto image = at::rand({1, 1, 81, 107});
      EXPECT_EQ(network->explain(image).representation.sizes(), image.sizes());
    }
  }
}

TEST(HeatOfClass, PicksEachImagesChannel) {
  const auto representation = at::arange(2 * 3 * 4).view({2, 3, 2, 2}).to(at::kFloat);
  const auto heat = heat_of_class(representation, at::tensor({2, 0}, at::kLong));
  EXPECT_TRUE(heat[0].equal(representation[0].slice(0, 2, 3)));
  EXPECT_TRUE(heat[1].equal(representation[1].slice(0, 0, 1)));
  const auto single = representation.slice(1, 0, 1);
  EXPECT_TRUE(heat_of_class(single, at::tensor({2, 0}, at::kLong)).equal(single));
  EXPECT_THROW(heat_of_class(representation, at::tensor({2}, at::kLong)), Error);
}

TEST(CxrNet, TopLevelNamesAreFrozen) {
  const auto network = make(small(Architecture::resnet34));
  const auto parameters = network->named_parameters();
  for (const char* name :
       {"encoder.conv1.weight", "encoder.layer2.0.downsample.1.bias", "head.fc.weight",
        "head.fc.bias", "decoder.level4.block2.conv.weight", "decoder.output.bias"}) {
    EXPECT_TRUE(parameters.contains(name)) << name;
  }
}

TEST(CxrNet, DropoutActsInTrainingAlone) {
  auto options = small(Architecture::alexnet);
  options.dropout = 0.5;
  auto network = make(options);
  const at::NoGradGuard no_grad;
  const auto image = at::rand({1, 1, 64, 64});
  EXPECT_TRUE(network->classify(image).equal(network->classify(image)));
  network->head()->train();
  EXPECT_FALSE(network->classify(image).equal(network->classify(image)));
}

TEST(CxrNet, RefusesColourImages) {
  auto network = make(small(Architecture::resnet34));
  EXPECT_THROW(network->forward(at::rand({1, 3, 64, 64})), Error);
}

TEST(CxrNet, OptionsSurviveJson) {
  auto options = small(Architecture::inception_v3, 3);
  CxrNetOptions again;
  options_from_json(options_to_json(options), again);
  EXPECT_EQ(options_to_json(again), options_to_json(options));
  EXPECT_EQ(again.encoder.architecture, Architecture::inception_v3);
}

}  // namespace
}  // namespace cxrnet::nn
