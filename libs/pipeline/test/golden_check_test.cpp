#include "cxrnet/pipeline/golden_check.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/engine/processor.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/precision.h"
#include "error_matchers.h"
#include "small_model.h"

namespace cxrnet::pipeline {
namespace {

imaging::GreyImage probe_image() {
  imaging::PhantomOptions options;
  options.size = 128;
  return imaging::decode_image(imaging::encode_png(imaging::render_phantom(options).image));
}

nn::ModelFile checked_model() {
  auto file = small_model(64, nn::Arm::segmented);
  file.segmenter = constant_segmenter(3.0F);
  return file;
}

// Changes a network after its engine was compiled, as an engine would that computes another one.
void spoil(torch::nn::Module& network, const char* name) {
  const at::NoGradGuard no_grad;
  auto weight = network.named_parameters()[name];
  weight.copy_(weight + at::linspace(0.0, 3.0, weight.numel()).view_as(weight));
}

struct PrecisionRow {
  const char* name;
  engine::Precision precision;
  ErrorCode code;
};

class GoldenCheckTest : public testing::TestWithParam<PrecisionRow> {
 protected:
  void SetUp() override {
    if (!engine::supports(GetParam().precision)) GTEST_SKIP() << "no such kernels here";
    if (GetParam().precision == engine::Precision::int8)
      model_.int8_ranges = measure_int8_ranges(model_, {probe_image()});
  }
  engine::EngineOptions options() const { return {.precision = GetParam().precision}; }

  nn::ModelFile model_ = checked_model();
};

TEST_P(GoldenCheckTest, PassesWhatTheNetworkAnswersAndRefusesAnother) {
  auto engine = classifier_engine(model_, options());
  EXPECT_NO_THROW(require_golden_answers(engine, model_, GetParam().precision, 2, true));
  spoil(*model_.classifier, "head.fc.bias");
  const auto error =
      caught([&] { require_golden_answers(engine, model_, GetParam().precision, 2, true); });
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_NE(error.message.find("the classes"), std::string::npos) << error.message;
}

INSTANTIATE_TEST_SUITE_P(
    Precisions, GoldenCheckTest,
    testing::Values(PrecisionRow{"F32", engine::Precision::f32, ErrorCode::corrupt_model},
                    PrecisionRow{"Bf16", engine::Precision::bf16, ErrorCode::invalid_option},
                    PrecisionRow{"Int8", engine::Precision::int8, ErrorCode::invalid_option}),
    [](const auto& row) { return row.param.name; });

TEST(GoldenCheck, LooksAtTheHeatMapWhereItIsAskedFor) {
  auto file = checked_model();
  auto engine = classifier_engine(file, {});
  require_golden_answers(engine, file, engine::Precision::f32, 1, true);
  const at::NoGradGuard no_grad;
  for (auto& item : file.classifier->named_parameters())
    if (item.key().rfind("decoder.", 0) == 0) item.value().mul_(-1.0);
  EXPECT_NO_THROW(require_golden_answers(engine, file, engine::Precision::f32, 1, false));
  const auto error =
      caught([&] { require_golden_answers(engine, file, engine::Precision::f32, 1, true); });
  EXPECT_EQ(error.code, ErrorCode::corrupt_model);
  EXPECT_NE(error.message.find("the heat map"), std::string::npos) << error.message;
}

TEST(GoldenCheck, RefusesASegmenterThatAnswersForAnother) {
  auto network = constant_segmenter(3.0F);
  auto engine = checked_segmenter(network, 64, {});
  const at::NoGradGuard no_grad;
  network->named_parameters()["output.bias"].fill_(-3.0F);
  const auto error =
      caught([&] { require_golden_answers(engine, network, 64, engine::Precision::f32, 1); });
  EXPECT_EQ(error.code, ErrorCode::corrupt_model);
  EXPECT_NE(error.message.find("the lungs"), std::string::npos) << error.message;
}

// What an engine was compiled from is changed before its first answer.
TEST(GoldenCheck, StandsBeforeADiagnosersFirstAnswer) {
  const auto image = probe_image();
  for (const bool explain : {false, true}) {
    auto file = checked_model();
    Diagnoser diagnoser(file);
    EXPECT_NO_THROW(diagnoser.diagnose(image, explain));
    spoil(*file.classifier, "head.fc.bias");
    EXPECT_NO_THROW(diagnoser.diagnose(image, explain));  // once is enough
  }
}

nn::ModelFile with_small_ranges(nn::ModelFile file) {
  for (const char* network : {"classifier", "segmenter"}) {
    for (auto& range : file.int8_ranges[network])
      if (range.is_array()) range = {0.0, 1e-4};
  }
  return file;
}

TEST(GoldenCheck, RefusesInt8WithRangesThatAreNotTheNetworks) {
  if (!engine::supports(engine::Precision::int8)) GTEST_SKIP() << "no int8 kernels here";
  auto file = checked_model();
  file.int8_ranges = measure_int8_ranges(file, {probe_image()});
  const engine::EngineOptions int8{.precision = engine::Precision::int8};
  EXPECT_NO_THROW(Diagnoser(file, int8).diagnose(probe_image()));
  auto older = with_small_ranges(file);
  older.int8_ranges.erase("graph");  // as files were before ranges said what they belong to
  const auto error = caught([&] { Diagnoser(older, int8).diagnose(probe_image()); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("self-check"), std::string::npos) << error.message;
  const auto chosen = choose_engine(RequestedPrecision::automatic, older, 1000);
  EXPECT_NE(chosen.options.precision, engine::Precision::int8) << chosen.reason;
}

}  // namespace
}  // namespace cxrnet::pipeline
