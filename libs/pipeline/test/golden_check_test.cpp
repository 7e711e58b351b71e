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

void negate_decoder(torch::nn::Module& network) {
  const at::NoGradGuard no_grad;
  for (auto& item : network.named_parameters())
    if (item.key().rfind("decoder.", 0) == 0) item.value().mul_(-1.0);
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
  negate_decoder(*file.classifier);
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

// Its classes were checked before its first answer; its heat map is, before the first one.
TEST(GoldenCheck, ADiagnosersHeatMapIsCheckedWhenItIsAskedFor) {
  const auto image = probe_image();
  auto file = checked_model();
  Diagnoser diagnoser(file);
  EXPECT_NO_THROW(diagnoser.diagnose(image, /*explain=*/false));
  negate_decoder(*file.classifier);
  EXPECT_NO_THROW(diagnoser.diagnose(image, /*explain=*/false));
  EXPECT_EQ(caught([&] { diagnoser.diagnose(image, /*explain=*/true); }).code,
            ErrorCode::corrupt_model);
}

}  // namespace
}  // namespace cxrnet::pipeline
