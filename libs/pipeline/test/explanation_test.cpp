#include "cxrnet/pipeline/explanation.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/imaging/resize.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "error_matchers.h"
#include "small_model.h"

namespace cxrnet::pipeline {
namespace {

using explain::Method;

constexpr int kSide = 96;

// A diagnosis of a black X-ray of that size; the lungs are its left half.
Diagnosis half_lung(cv::Size size, const nn::Preprocessing& preprocessing) {
  Diagnosis diagnosis;
  diagnosis.image = cv::Mat::zeros(size, CV_8UC1);
  diagnosis.mask = cv::Mat::zeros(size, CV_8UC1);
  diagnosis.mask.colRange(0, size.width / 2) = 255;
  diagnosis.enhanced = imaging::resize_to_square(
      diagnosis.image, static_cast<int>(preprocessing.size), preprocessing.aspect);
  return diagnosis;
}

TEST(ExplainDiagnosisTest, GivesEachMethodsHeatAtTheSizeOfTheXray) {
  for (const auto aspect : {nn::Aspect::keep, nn::Aspect::squeeze}) {
    const auto model = small_model(kSide, nn::Arm::original, aspect);
    Diagnoser diagnoser(model);
    auto diagnosis = half_lung({150, 110}, model.preprocessing);
    cv::randu(diagnosis.enhanced, 0, 255);
    const auto heats = explain_diagnosis(
        diagnoser, diagnosis, 2, {Method::grad_cam, Method::saliency, Method::representation}, {});
    ASSERT_EQ(heats.size(), 3U);
    EXPECT_EQ(heats[1].method, Method::saliency);
    for (const auto& heat : heats) {
      EXPECT_EQ(heat.heat.size(), cv::Size(150, 110));
      EXPECT_EQ(heat.heat.type(), CV_32FC1);
      EXPECT_TRUE(cv::checkRange(heat.heat, true, nullptr, 0.0, 1.0 + 1e-6));
    }
  }
}

TEST(ExplainDiagnosisTest, TheEnginesRepresentationIsTheNetworks) {
  const auto model = small_model(kSide, nn::Arm::original, nn::Aspect::squeeze);
  Diagnoser diagnoser(model);
  auto diagnosis = half_lung({kSide, kSide}, model.preprocessing);
  cv::randu(diagnosis.enhanced, 0, 255);
  auto classifier = model.classifier;
  const explain::Question question{
      .image = to_tensor(diagnosis.enhanced), .target = at::full({1}, 3, at::kLong), .lungs = {}};
  const auto expected = explain::explain(classifier, Method::representation, question, {});
  const auto heats = explain_diagnosis(diagnoser, diagnosis, 3, {Method::representation}, {});
  const auto actual = at::from_blob(heats[0].heat.data, {1, 1, kSide, kSide}, at::kFloat);
  EXPECT_TRUE(at::allclose(actual, expected, 1e-4, 1e-5));
}

// The lungs go into the network's square and back: the same half, up to the seam.
TEST(ExplainDiagnosisTest, LungsComeBackWhereTheyWere) {
  for (const auto aspect : {nn::Aspect::keep, nn::Aspect::squeeze}) {
    const auto model = small_model(kSide, nn::Arm::original, aspect);
    Diagnoser diagnoser(model);
    const auto diagnosis = half_lung({150, 110}, model.preprocessing);
    const auto heats = explain_diagnosis(diagnoser, diagnosis, 0, {Method::lung_mask}, {});
    EXPECT_EQ(cv::mean(heats[0].heat.colRange(0, 70))[0], 1.0);
    EXPECT_EQ(cv::mean(heats[0].heat.colRange(80, 150))[0], 0.0);
    ASSERT_TRUE(heats[0].inside_lung.value);
    EXPECT_GT(*heats[0].inside_lung.value, 0.97);
  }
}

TEST(ExplainDiagnosisTest, SaysWhyThereIsNoShareInTheLungs) {
  const auto model = small_model(kSide);
  Diagnoser diagnoser(model);
  auto diagnosis = half_lung({100, 100}, model.preprocessing);
  // Edges of a black image: no heat.
  auto heats = explain_diagnosis(diagnoser, diagnosis, 0, {Method::edges}, {});
  EXPECT_FALSE(heats[0].inside_lung.value);
  EXPECT_NE(heats[0].inside_lung.undefined, "");
  diagnosis.mask = cv::Mat();
  heats = explain_diagnosis(diagnoser, diagnosis, 0, {Method::random}, {});
  EXPECT_FALSE(heats[0].inside_lung.value);
  EXPECT_NE(heats[0].inside_lung.undefined.find("segmenter"), std::string::npos);
}

TEST(ExplainDiagnosisTest, NoiseIsInTheLungsByTheirArea) {
  const auto model = small_model(kSide);
  Diagnoser diagnoser(model);
  const auto diagnosis = half_lung({96, 96}, model.preprocessing);
  const auto heats = explain_diagnosis(diagnoser, diagnosis, 0, {Method::random}, {});
  EXPECT_NEAR(*heats[0].inside_lung.value, 0.5, 0.02);
}

TEST(AppliesTest, AsksForADecoderAndASegmenter) {
  auto model = small_model(kSide);
  EXPECT_TRUE(applies(Method::representation, model));
  EXPECT_TRUE(applies(Method::rise, model));
  EXPECT_FALSE(applies(Method::lung_mask, model));
  model.segmenter = nn::UNet(nn::UNetOptions{.base_width = 2, .levels = 2});
  EXPECT_TRUE(applies(Method::lung_mask, model));
  auto plain = model.classifier->options();
  plain.representation = nn::Representation::none;
  model.classifier = nn::CxrNet(plain);
  EXPECT_FALSE(applies(Method::representation, model));
  Diagnoser diagnoser(model);
  const auto diagnosis = half_lung({100, 100}, model.preprocessing);
  EXPECT_EQ(caught([&] {
              explain_diagnosis(diagnoser, diagnosis, 0, {Method::representation}, {});
            }).code,
            ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::pipeline
