// The engine against nn: the same answers, for every encoder and form.
#include "cxrnet/engine/engine.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/processor.h"
#include "error_matchers.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

using nn::Architecture;
using nn::Representation;
using test::largest_difference;
using test::make_network;
using test::small_options;

constexpr double kTolerance = 1e-4;  // of logits of the order of 1
constexpr double kHeatTolerance = 1e-5;

const EngineOptions kExact{.precision = Precision::f32, .winograd = false};
const EngineOptions kWinograd{.precision = Precision::f32, .winograd = true};
const EngineOptions kBf16{.precision = Precision::bf16};
const EngineOptions kInt8{.precision = Precision::int8};

void expect_same(nn::CxrNet network, ClassifierEngine& engine, const at::Tensor& image) {
  const at::NoGradGuard no_grad;
  const auto expected = network->explain(image);
  const auto actual = engine.answer(image, /*with_representation=*/true);
  EXPECT_LT(largest_difference(actual.logits, expected.logits), kTolerance);
  EXPECT_LT(largest_difference(actual.pooled_features, expected.pooled_features), kTolerance);
  ASSERT_EQ(actual.representation.defined(), expected.representation.defined());
  if (!expected.representation.defined()) return;
  EXPECT_LT(largest_difference(actual.representation, expected.representation), kHeatTolerance);
}

class AllArchitectures : public testing::TestWithParam<Architecture> {};

TEST_P(AllArchitectures, AnswerAsNnDoesAtAnySizeAndNumber) {
  for (const auto& options : {kExact, kWinograd}) {
    auto network = make_network(small_options(GetParam()));
    ClassifierEngine engine(network, options);
    for (const auto& [number, height, width] :
         {std::array<int64_t, 3>{1, 96, 96}, {3, 96, 96}, {1, 81, 107}, {1, 96, 96}}) {
      SCOPED_TRACE(std::to_string(number) + " of " + std::to_string(height));
      expect_same(network, engine, at::rand({number, 1, height, width}));
    }
  }
}

TEST_P(AllArchitectures, EveryRepresentation) {
  for (const auto representation : {Representation::image, Representation::selection,
                                    Representation::class_selection, Representation::none}) {
    SCOPED_TRACE(std::string(to_string(representation)));
    auto options = small_options(GetParam());
    options.representation = representation;
    options.encoder.input_channels = 3;
    auto network = make_network(options);
    ClassifierEngine engine(network, kWinograd);
    expect_same(network, engine, at::rand({2, 1, 96, 96}));
  }
}

TEST_P(AllArchitectures, Bf16AnswersNearly) {
  if (!supports(Precision::bf16)) GTEST_SKIP() << "this processor has no bf16 kernels";
  auto network = make_network(small_options(GetParam()));
  ClassifierEngine engine(network, kBf16);
  const auto image = at::rand({2, 1, 96, 96});
  const at::NoGradGuard no_grad;
  const auto expected = network->explain(image);
  const auto actual = engine.answer(image, true);
  const auto scale = expected.logits.abs().max().item<double>();
  EXPECT_LT(largest_difference(actual.logits, expected.logits), 0.03 * scale);
  EXPECT_GT(largest_difference(actual.logits, expected.logits), 0.0);  // it is not f32
  EXPECT_LT(largest_difference(actual.representation, expected.representation), 0.03);
}

TEST_P(AllArchitectures, Int8AnswersNearly) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  auto network = make_network(small_options(GetParam()));
  ClassifierEngine engine(network, kInt8);
  engine.engine().calibrate(at::rand({4, 1, 96, 96}));
  const auto image = at::rand({2, 1, 96, 96});
  const at::NoGradGuard no_grad;
  const auto expected = network->explain(image);
  const auto actual = engine.answer(image, true);
  const auto scale = expected.logits.abs().max().item<double>();
  EXPECT_LT(largest_difference(actual.logits, expected.logits), 0.06 * scale);
  EXPECT_LT(largest_difference(actual.representation, expected.representation), 0.06);
}

// Maps in int8 and others meet in sums and concatenations.
TEST_P(AllArchitectures, Int8AnswersNearlyWhereSomeLayersAreSpared) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  auto network = make_network(small_options(GetParam()));
  ClassifierEngine engine(network, kInt8);
  engine.engine().calibrate(at::rand({4, 1, 96, 96}));
  const auto all = engine.engine().ranges({96, 96});
  const auto image = at::rand({2, 1, 96, 96});
  const at::NoGradGuard no_grad;
  const auto expected = network->explain(image);
  const auto scale = expected.logits.abs().max().item<double>();
  for (std::size_t period = 2; period <= 4; ++period) {
    SCOPED_TRACE(period);
    auto some = all;
    for (std::size_t i = 1; i < some.size(); i += period) some[i].reset();
    engine.engine().set_ranges({96, 96}, some);
    const auto actual = engine.answer(image, true);
    EXPECT_LT(largest_difference(actual.logits, expected.logits), 0.06 * scale);
    EXPECT_LT(largest_difference(actual.representation, expected.representation), 0.06);
  }
}

TEST(Engine, Int8KeepsItsRanges) {
  if (!supports(Precision::int8)) GTEST_SKIP() << "this processor has no int8 kernels";
  auto network = make_network(small_options(Architecture::resnet34));
  const auto image = at::rand({1, 1, 96, 96});
  ClassifierEngine first(network, kInt8);
  EXPECT_EQ(caught([&] { first.answer(image, true); }).code, ErrorCode::invalid_option);
  first.engine().calibrate(at::rand({2, 1, 96, 96}));
  const auto expected = first.answer(image, true);
  ClassifierEngine second(network, kInt8);
  second.engine().set_ranges({96, 96}, first.engine().ranges({96, 96}));
  EXPECT_TRUE(at::equal(second.answer(image, true).logits, expected.logits));
  EXPECT_EQ(caught([&] {
              second.engine().set_ranges({96, 96}, {});
            }).code,
            ErrorCode::invalid_option);
}

INSTANTIATE_TEST_SUITE_P(Engine, AllArchitectures,
                         testing::Values(Architecture::alexnet, Architecture::vgg16,
                                         Architecture::vgg19, Architecture::resnet34,
                                         Architecture::resnet50, Architecture::inception_v3),
                         [](const auto& row) { return std::string(to_string(row.param)); });

TEST(Engine, DecoderOfEveryForm) {
  for (const auto upsampling :
       {nn::Upsampling::pixel_shuffle, nn::Upsampling::nearest, nn::Upsampling::transposed}) {
    for (const bool skips : {true, false}) {
      SCOPED_TRACE(std::string(to_string(upsampling)) + (skips ? " with skips" : ""));
      auto options = small_options(Architecture::resnet34);
      options.decoder.upsampling = upsampling;
      options.decoder.skips = skips;
      auto network = make_network(options);
      ClassifierEngine engine(network, kWinograd);
      expect_same(network, engine, at::rand({2, 1, 64, 96}));
    }
  }
}

// 100 is no multiple of 16, so the U-Net pads.
TEST(Engine, SegmenterAtAnySize) {
  auto network = test::make_segmenter({.base_width = 8, .levels = 5});
  SegmenterEngine engine(network, kWinograd);
  for (const int64_t size : {64, 100}) {
    const at::NoGradGuard no_grad;
    const auto image = at::rand({2, 1, size, size});
    EXPECT_LT(largest_difference(engine.probability(image), network->forward(image).sigmoid()),
              kHeatTolerance);
  }
}

TEST(Engine, ComputesOnlyWhatIsAskedFor) {
  auto network = make_network(small_options(Architecture::resnet34));
  ClassifierEngine engine(network, kWinograd);
  const at::NoGradGuard no_grad;
  const auto image = at::rand({1, 1, 64, 64});
  const auto answer = engine.answer(image, /*with_representation=*/false);
  EXPECT_FALSE(answer.representation.defined());
  EXPECT_LT(largest_difference(answer.logits, network->classify(image)), kTolerance);
  expect_same(network, engine, image);  // and the rest afterwards
}

// A second run would find anything that the first one left in the arena.
TEST(Engine, RunsAreIndependent) {
  auto network = make_network(small_options(Architecture::inception_v3));
  ClassifierEngine engine(network, kWinograd);
  const auto image = at::rand({1, 1, 96, 96});
  const auto first = engine.answer(image, true);
  engine.answer(at::ones_like(image), true);
  const auto second = engine.answer(image, true);
  EXPECT_TRUE(at::equal(first.logits, second.logits));
  EXPECT_TRUE(at::equal(first.representation, second.representation));
}

TEST(Engine, ReadsImagesInAnyMemoryLayout) {
  auto network = make_network(small_options(Architecture::alexnet));
  ClassifierEngine engine(network, kWinograd);
  expect_same(network, engine, at::rand({1, 1, 96, 80}).transpose(2, 3));
}

TEST(Engine, RefusesAPrecisionWithoutKernels) {
  if (supports(Precision::bf16)) GTEST_SKIP() << "this processor has bf16 kernels; run capped";
  ClassifierEngine engine(make_network(small_options(Architecture::alexnet)), kBf16);
  EXPECT_EQ(caught([&] {
              engine.answer(at::rand({1, 1, 96, 96}), true);
            }).code,
            ErrorCode::invalid_option);
}

TEST(Engine, RefusesWrongInput) {
  ClassifierEngine engine(make_network(small_options(Architecture::alexnet)), kWinograd);
  EXPECT_EQ(caught([&] {
              engine.answer(at::rand({1, 3, 96, 96}), true);
            }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] {
              engine.answer(at::rand({1, 1, 96, 96}).to(at::kDouble), true);
            }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] {
              engine.answer(at::rand({1, 1, 32, 32}), true);
            }).code,
            ErrorCode::image_too_small);
}

}  // namespace
}  // namespace cxrnet::engine
