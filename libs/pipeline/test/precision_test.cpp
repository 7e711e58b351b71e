#include "cxrnet/pipeline/precision.h"

#include <gtest/gtest.h>

#include <limits>

#include "cxrnet/engine/processor.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "error_matchers.h"
#include "precision_trial.h"
#include "small_model.h"
#include "temporary_folder.h"

namespace cxrnet::pipeline {
namespace {

imaging::GreyImage phantom_image(int64_t seed) {
  imaging::PhantomOptions options;
  options.size = 128;
  options.seed = seed;
  return imaging::decode_image(imaging::encode_png(imaging::render_phantom(options).image));
}

nn::ModelFile model() {
  auto file = small_model(64, nn::Arm::segmented);
  file.segmenter = constant_segmenter(3.0F);
  return file;
}

TEST(ChooseEngine, FewImagesAreNotWorthATrial) {
  const auto chosen = choose_engine(RequestedPrecision::automatic, model(), 5);
  EXPECT_EQ(chosen.options.precision, engine::Precision::f32);
  EXPECT_NE(chosen.reason.find("32 images"), std::string::npos);
}

TEST(ChooseEngine, ManyImagesAreWorthATrial) {
  const auto chosen = choose_engine(RequestedPrecision::automatic, model(), 1000);
  EXPECT_NE(chosen.options.precision, engine::Precision::int8);
  EXPECT_EQ(chosen.reason.rfind(to_string(chosen.options.precision), 0), 0U) << chosen.reason;
  EXPECT_NE(chosen.reason.find("int8: the model is not calibrated"), std::string::npos);
  EXPECT_EQ(chosen.reason.find("bf16: this processor has no kernels") == std::string::npos,
            engine::supports(engine::Precision::bf16));
}

TEST(ChooseEngine, RangesOfAnotherNetworkAreAnObstacle) {
  if (!engine::supports(engine::Precision::int8)) GTEST_SKIP() << "no int8 kernels here";
  auto file = model();
  file.int8_ranges = measure_int8_ranges(file, {phantom_image(1)});
  file.int8_ranges["classifier"].erase(0);
  const auto chosen = choose_engine(RequestedPrecision::automatic, file, 1000);
  EXPECT_NE(chosen.reason.find("int8: the model does not fit it"), std::string::npos)
      << chosen.reason;
}

Diagnosis answer(const std::string& label, const std::vector<double>& probabilities) {
  Diagnosis diagnosis;
  diagnosis.label = label;
  diagnosis.probabilities = probabilities;
  return diagnosis;
}

TEST(PrecisionTrial, AnswersAreAlikeInTheMeanAndInWhatIsClear) {
  const auto clear = answer("viral", {0.1, 0.2, 0.5, 0.2});
  const auto tied = answer("viral", {0.0, 0.495, 0.505, 0.0});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(answer_alike({clear, tied}, {clear, tied}));
  EXPECT_TRUE(answer_alike({answer("viral", {0.09, 0.19, 0.53, 0.19}), tied}, {clear, tied}));
  EXPECT_FALSE(answer_alike({answer("viral", {0.06, 0.16, 0.62, 0.16}), tied}, {clear, tied}));
  EXPECT_TRUE(answer_alike({answer("bacterial", {0.0, 0.505, 0.495, 0.0})}, {tied}));
  EXPECT_FALSE(answer_alike({answer("bacterial", {0.1, 0.2, 0.5, 0.2})}, {clear}));
  EXPECT_FALSE(answer_alike({answer("viral", {0.1, 0.2, nan, 0.2})}, {clear}));
}

TEST(PrecisionTrial, TheFastestThatCanBeTakenIs) {
  using engine::Precision;
  const PrecisionTrial f32{.precision = Precision::f32, .seconds = 1.0};
  const PrecisionTrial bf16{.precision = Precision::bf16, .seconds = 0.5};
  const PrecisionTrial slow_bf16{.precision = Precision::bf16, .seconds = 2.0};
  const PrecisionTrial int8{.precision = Precision::int8, .seconds = 0.25};
  const PrecisionTrial wrong_int8{.precision = Precision::int8, .obstacle = "wrong"};
  const PrecisionTrial similar_int8{.precision = Precision::int8, .seconds = 0.48};
  EXPECT_EQ(choose({f32, bf16, int8}).precision, Precision::int8);
  EXPECT_EQ(
      choose({f32, bf16, int8}).reason,
      "int8, in 0.25 of f32's time and with its answers on phantoms; bf16: 0.5 of f32's time");
  EXPECT_EQ(choose({f32, bf16, wrong_int8}).precision, Precision::bf16);
  EXPECT_EQ(choose({f32, bf16, similar_int8}).precision, Precision::bf16);
  EXPECT_EQ(choose({f32, slow_bf16, wrong_int8}).reason, "f32; bf16: 2 of f32's time; int8: wrong");
}

TEST(ChooseEngine, FewImagesDoWithoutKernelsThatTakeLongToPrepare) {
  EXPECT_FALSE(choose_engine(RequestedPrecision::f32, model(), 7).options.winograd);
  EXPECT_TRUE(choose_engine(RequestedPrecision::f32, model(), 8).options.winograd);
}

TEST(ChooseEngine, WhatIsAskedForIsTaken) {
  EXPECT_EQ(choose_engine(RequestedPrecision::int8, model(), 1).options.precision,
            engine::Precision::int8);
}

// A model of the same shape has as many values; what they hold is another matter.
TEST(Int8Ranges, OfAnotherNetworkAreRefused) {
  if (!engine::supports(engine::Precision::int8)) GTEST_SKIP() << "no int8 kernels here";
  const engine::EngineOptions int8{.precision = engine::Precision::int8};
  const auto measured = [](nn::ModelFile file) {
    file.int8_ranges = measure_int8_ranges(file, {phantom_image(1)});
    return file;
  };
  const auto file = measured(model());
  EXPECT_NO_THROW(Diagnoser(file, int8));
  auto retrained = model();
  {
    const at::NoGradGuard no_grad;
    for (auto& parameter : retrained.classifier->parameters()) parameter.mul_(1.05);
  }
  retrained.int8_ranges = file.int8_ranges;
  const auto classifier = caught([&] { Diagnoser refused(retrained, int8); });
  EXPECT_EQ(classifier.code, ErrorCode::invalid_option);
  EXPECT_NE(classifier.message.find("this classifier"), std::string::npos) << classifier.message;
  auto other_lungs = model();
  other_lungs.segmenter = constant_segmenter(2.0F);
  other_lungs.int8_ranges = file.int8_ranges;
  const auto segmenter = caught([&] { Diagnoser refused(other_lungs, int8); });
  EXPECT_EQ(segmenter.code, ErrorCode::invalid_option);
  EXPECT_NE(segmenter.message.find("this segmenter"), std::string::npos) << segmenter.message;
  const auto chosen = choose_engine(RequestedPrecision::automatic, retrained, 1000);
  EXPECT_NE(chosen.reason.find("int8: the model does not fit it"), std::string::npos)
      << chosen.reason;
  EXPECT_NO_THROW(Diagnoser(measured(retrained), int8));
}

TEST(Int8Ranges, AreKeptInTheModelFile) {
  if (!engine::supports(engine::Precision::int8)) GTEST_SKIP() << "no int8 kernels here";
  auto file = model();
  EXPECT_EQ(caught([&] { Diagnoser refused(file, {.precision = engine::Precision::int8}); }).code,
            ErrorCode::invalid_option);
  file.int8_ranges = measure_int8_ranges(file, {phantom_image(1), phantom_image(2)});
  const TemporaryFolder folder;
  nn::save_model(folder.path() / "model.safetensors", file);
  const auto loaded = nn::load_model(folder.path() / "model.safetensors");
  Diagnoser exact(loaded);
  Diagnoser fast(loaded, {.precision = engine::Precision::int8});
  const auto image = phantom_image(3);
  const auto expected = exact.diagnose(image);
  const auto actual = fast.diagnose(image);
  for (std::size_t i = 0; i < expected.probabilities.size(); ++i)
    EXPECT_NEAR(actual.probabilities[i], expected.probabilities[i], 0.02);
}

}  // namespace
}  // namespace cxrnet::pipeline
