#include "cxrnet/pipeline/precision.h"

#include <gtest/gtest.h>

#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "error_matchers.h"
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

TEST(ChooseEngine, ManyImagesTakeWhatAnswersAsF32Does) {
  const auto chosen = choose_engine(RequestedPrecision::automatic, model(), 1000);
  EXPECT_EQ(chosen.options.precision, engine::supports(engine::Precision::bf16)
                                          ? engine::Precision::bf16
                                          : engine::Precision::f32);
  EXPECT_NE(chosen.reason.find("int8: the model is not calibrated"), std::string::npos);
}

TEST(ChooseEngine, FewImagesDoWithoutKernelsThatTakeLongToPrepare) {
  EXPECT_FALSE(choose_engine(RequestedPrecision::f32, model(), 7).options.winograd);
  EXPECT_TRUE(choose_engine(RequestedPrecision::f32, model(), 8).options.winograd);
}

TEST(ChooseEngine, WhatIsAskedForIsTaken) {
  EXPECT_EQ(choose_engine(RequestedPrecision::int8, model(), 1).options.precision,
            engine::Precision::int8);
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
