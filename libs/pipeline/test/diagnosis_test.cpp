#include "cxrnet/pipeline/diagnosis.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <numeric>
#include <opencv2/imgproc.hpp>

#include "cxrnet/core/files.h"
#include "cxrnet/data/image_codec.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/annotated_mask.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/evaluation.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
#include "cxrnet/pipeline/preparation.h"
#include "cxrnet/pipeline/preparer.h"
#include "cxrnet/pipeline/segmentation.h"
#include "error_matchers.h"
#include "small_model.h"
#include "temporary_folder.h"

namespace cxrnet::pipeline {
namespace {

constexpr int kSize = 64;
const cv::Size kPhantomSize(200, 200);

imaging::Phantom phantom(int64_t seed, int64_t size = 200) {
  imaging::PhantomOptions options;
  options.size = size;
  options.seed = seed;
  return imaging::render_phantom(options);
}

imaging::GreyImage phantom_image(int64_t seed, int64_t size = 200) {
  return imaging::decode_image(imaging::encode_png(phantom(seed, size).image));
}

// Its segmenter calls everything lung, or what the bias says.
nn::ModelFile segmenting_model(nn::Arm arm, float segmenter_bias = 3.0F) {
  auto model = small_model(kSize, arm);
  model.segmenter = constant_segmenter(segmenter_bias);
  return model;
}

TEST(DiagnoserTest, AnswersInTheInputsOwnSize) {
  Diagnoser diagnoser(segmenting_model(nn::Arm::segmented));
  const cv::Mat wide = phantom(3).image.rowRange(0, 150);
  const auto diagnosis = diagnoser.diagnose(imaging::decode_image(imaging::encode_png(wide)));
  EXPECT_EQ(diagnosis.image.size(), cv::Size(200, 150));
  EXPECT_EQ(diagnosis.mask.size(), cv::Size(200, 150));
  EXPECT_EQ(diagnosis.heat.size(), cv::Size(200, 150));
  EXPECT_EQ(diagnosis.enhanced.size(), cv::Size(kSize, kSize));
  EXPECT_NEAR(std::accumulate(diagnosis.probabilities.begin(), diagnosis.probabilities.end(), 0.0),
              1.0, 1e-9);
  EXPECT_DOUBLE_EQ(diagnosis.lung_fraction, 1.0);  // this segmenter calls everything lung
}

// Makes a segmenter that calls lung what is at least half as bright as the brightest in `example`:
// every kernel adds up what it sees in its centre.
void follow_brightness(nn::ModelFile& model, const imaging::GreyImage& example) {
  const at::NoGradGuard no_grad;
  auto& segmenter = model.segmenter;
  for (auto& weight : segmenter->parameters()) {
    if (weight.dim() == 4)
      weight.zero_().select(3, weight.size(3) / 2).select(2, weight.size(2) / 2).fill_(1.0);
  }
  auto bias = segmenter->named_parameters()["output.bias"];
  bias.zero_();
  const auto square = to_tensor(to_square(example, model.preprocessing).square);
  bias.sub_(0.5 * segmenter->forward(square).max());
}

// Each image has its own answer, pictures and refusal, whatever its neighbours are.
TEST(DiagnoserTest, ABatchAnswersAsOneByOneDoes) {
  auto model = segmenting_model(nn::Arm::segmented);
  follow_brightness(model, phantom_image(1));
  cv::Mat spot = cv::Mat::zeros(120, 120, CV_8UC1);
  spot(cv::Rect(50, 50, 5, 5)) = 255;  // too small for a lung
  const std::vector<imaging::GreyImage> images{phantom_image(1, 160),
                                               {.pixels = spot, .format = "png", .doubts = {}},
                                               phantom_image(2, 170),
                                               phantom_image(3, 180)};
  Diagnoser one_by_one(model);
  Diagnoser together(model, {}, 4);
  auto answers = together.diagnose_all(images);
  ASSERT_EQ(answers.size(), images.size());
  int refused = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto alone = attempt([&] { return one_by_one.diagnose(images[i]); });
    ASSERT_EQ(answers[i].failure == nullptr, alone.failure == nullptr) << i;
    if (alone.failure) {
      ++refused;
      continue;
    }
    const auto& expected = *alone.result;
    const auto& actual = *answers[i].result;
    EXPECT_EQ(actual.label, expected.label);
    EXPECT_EQ(actual.flags, expected.flags);
    EXPECT_EQ(actual.image.size(), expected.image.size());
    EXPECT_EQ(cv::norm(actual.mask, expected.mask, cv::NORM_INF), 0.0);
    EXPECT_LE(cv::norm(actual.heat, expected.heat, cv::NORM_INF), 1.0);
    EXPECT_DOUBLE_EQ(actual.lung_fraction, expected.lung_fraction);
    for (std::size_t label = 0; label < 4; ++label)
      EXPECT_NEAR(actual.probabilities[label], expected.probabilities[label], 1e-5);
  }
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(caught([&] { together.diagnose_all(std::vector(5, images[0])); }).code,
            ErrorCode::invalid_option);
}

TEST(DiagnoserTest, APlainClassifierAnswersButHasNoHeat) {
  auto model = small_model(kSize);
  auto options = model.classifier->options();
  options.representation = nn::Representation::none;
  model.classifier = nn::CxrNet(options);
  Diagnoser diagnoser(model);
  EXPECT_FALSE(diagnoser.diagnose(phantom_image(1), /*explain=*/false).label.empty());
  const auto error = caught([&] { diagnoser.diagnose(phantom_image(1)); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("decoder"), std::string::npos) << error.message;
}

TEST(DiagnoserTest, IsDeterministicAndNeedsNoExplanationForItsAnswer) {
  Diagnoser diagnoser(segmenting_model(nn::Arm::original));
  const auto with = diagnoser.diagnose(phantom_image(1), true);
  const auto without = diagnoser.diagnose(phantom_image(1), false);
  EXPECT_TRUE(without.heat.empty());
  EXPECT_FALSE(with.heat.empty());
  EXPECT_EQ(with.label, without.label);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(with.probabilities[i], without.probabilities[i], 1e-6);
}

TEST(DiagnoserTest, TheTemperatureFlattensTheProbabilitiesAndKeepsTheLabel) {
  auto hot_model = segmenting_model(nn::Arm::original);
  hot_model.calibration = {.temperature = 5.0, .fitted = true};
  Diagnoser cold(segmenting_model(nn::Arm::original));
  Diagnoser hot(std::move(hot_model));
  const auto sharp = cold.diagnose(phantom_image(2));
  const auto flat = hot.diagnose(phantom_image(2));
  EXPECT_FALSE(sharp.calibrated);
  EXPECT_TRUE(flat.calibrated);
  EXPECT_EQ(sharp.label, flat.label);
  for (std::size_t i = 0; i < 4; ++i) {  // log-odds against class 0 shrink by the temperature
    EXPECT_NEAR(std::log(flat.probabilities[i] / flat.probabilities[0]) * 5.0,
                std::log(sharp.probabilities[i] / sharp.probabilities[0]), 1e-4);
  }
}

TEST(DiagnoserTest, AnImageWithoutLungsIsRefused) {
  Diagnoser diagnoser(segmenting_model(nn::Arm::segmented, -3.0F));
  EXPECT_EQ(caught([&] { diagnoser.diagnose(phantom_image(1)); }).code, ErrorCode::no_lungs);
}

struct IncompleteModel {
  const char* name;
  std::function<void(nn::ModelFile&)> damage;
};
class IncompleteModelTest : public testing::TestWithParam<IncompleteModel> {};

TEST_P(IncompleteModelTest, IsRefused) {
  auto model = segmenting_model(nn::Arm::segmented);
  GetParam().damage(model);
  EXPECT_EQ(caught([&] { Diagnoser diagnoser(std::move(model)); }).code, ErrorCode::corrupt_model);
}
INSTANTIATE_TEST_SUITE_P(
    All, IncompleteModelTest,
    testing::Values(IncompleteModel{"NoClassifier",
                                    [](auto& model) { model.classifier = nullptr; }},
                    IncompleteModel{"NoSegmenter", [](auto& model) { model.segmenter = nullptr; }}),
    [](const auto& row) { return row.param.name; });

bool has(const Diagnosis& diagnosis, Flag flag) {
  return std::find(diagnosis.flags.begin(), diagnosis.flags.end(), flag) != diagnosis.flags.end();
}

TEST(FlagTest, RaisedExactlyWhereTheyApply) {
  auto model = segmenting_model(nn::Arm::original);
  const auto features =
      model.classifier->pooled_features(to_tensor(cv::Mat(kSize, kSize, CV_8UC1, cv::Scalar(100))));
  model.ood = nn::fit_feature_distribution(features.detach(), at::zeros({1}, at::kLong), 4);
  model.ood.fitted = true;
  model.ood.lung_fraction_low = 0.2;
  model.ood.lung_fraction_high = 0.5;
  model.ood.distance_threshold = 1e-3;
  Diagnoser diagnoser(model);
  const auto strange = diagnoser.diagnose(phantom_image(1));
  EXPECT_TRUE(has(strange, Flag::out_of_distribution));
  EXPECT_TRUE(has(strange, Flag::unusual_lung_fraction));  // all of the image is "lung"
  EXPECT_FALSE(has(strange, Flag::low_resolution));
  EXPECT_FALSE(has(strange, Flag::low_contrast));

  model.ood.distance_threshold = 1e30;
  model.ood.lung_fraction_high = 1.0;
  Diagnoser lenient(model);
  const auto usual = lenient.diagnose(phantom_image(1));
  EXPECT_FALSE(has(usual, Flag::out_of_distribution));
  EXPECT_FALSE(has(usual, Flag::unusual_lung_fraction));
}

TEST(FlagTest, SmallAndFlatImagesAreFlagged) {
  Diagnoser diagnoser(segmenting_model(nn::Arm::original));
  cv::Mat flat(40, 40, CV_8UC1, cv::Scalar(100));
  flat.colRange(20, 40).setTo(110);
  const auto diagnosis = diagnoser.diagnose(imaging::decode_image(imaging::encode_png(flat)));
  EXPECT_TRUE(has(diagnosis, Flag::low_resolution));
  EXPECT_TRUE(has(diagnosis, Flag::low_contrast));
}

TEST(FlagTest, SidesAreFlaggedFromMoreThanTwoToOne) {
  Diagnoser diagnoser(segmenting_model(nn::Arm::original));
  const auto flagged = [&](int rows, int columns) {
    cv::Mat image(rows, columns, CV_8UC1, cv::Scalar(60));
    image.rowRange(0, rows / 2).setTo(180);
    return has(diagnoser.diagnose({.pixels = image, .format = "png", .doubts = {}}),
               Flag::unusual_aspect);
  };
  EXPECT_FALSE(flagged(100, 125));
  EXPECT_FALSE(flagged(60, 120));
  EXPECT_TRUE(flagged(60, 121));
  EXPECT_TRUE(flagged(121, 60));
}

TEST(FlagTest, DoubtsOfTheFileBecomeFlags) {
  using imaging::Doubt;
  const std::pair<Doubt, Flag> rows[] = {{Doubt::view, Flag::doubtful_view},
                                         {Doubt::body_part, Flag::doubtful_body_part},
                                         {Doubt::orientation, Flag::unusual_orientation},
                                         {Doubt::for_processing, Flag::for_processing},
                                         {Doubt::secondary, Flag::secondary_capture},
                                         {Doubt::polarity, Flag::disputed_polarity}};
  Diagnoser diagnoser(segmenting_model(nn::Arm::original));
  auto image = phantom_image(1);
  const auto undoubted = diagnoser.diagnose(image);
  for (const auto& [doubt, flag] : rows) {
    EXPECT_FALSE(has(undoubted, flag));
    image.doubts = {doubt};
    auto expected = undoubted.flags;
    expected.insert(expected.begin(), flag);
    EXPECT_EQ(diagnoser.diagnose(image).flags, expected) << flag_name(flag);
  }
}

TEST(FlagTest, EveryFlagHasANameAndAnExplanation) {
  for (const auto flag : {Flag::low_resolution, Flag::low_contrast, Flag::unusual_lung_fraction,
                          Flag::out_of_distribution, Flag::low_confidence, Flag::doubtful_view,
                          Flag::doubtful_body_part, Flag::unusual_orientation, Flag::for_processing,
                          Flag::secondary_capture, Flag::disputed_polarity, Flag::unusual_aspect}) {
    EXPECT_NE(flag_name(flag), "unknown");
    EXPECT_GT(flag_explanation(flag).size(), 20U);
  }
}

// A manifest of two phantoms in a folder of its own.
class ManifestTest : public testing::Test {
 protected:
  ManifestTest() {
    for (int seed : {1, 2}) {
      const auto rendered = phantom(seed);
      write_file_atomically(folder_.path() / (std::to_string(seed) + ".png"),
                            imaging::encode_png(rendered.image));
      write_file_atomically(folder_.path() / (std::to_string(seed) + ".mask.png"),
                            imaging::encode_png_1bit(rendered.lung_mask));
    }
    manifest_ = data::parse_manifest(
        "path,label,source,group_split,mask_path\n1.png,healthy,phantom,train,1.mask.png\n2.png,"
        "viral,phantom,test,\n",
        folder_.path());
  }
  TemporaryFolder folder_;
  data::Manifest manifest_;
};

TEST_F(ManifestTest, PreparationAndDiagnosisFeedTheClassifierTheSamePixels) {
  for (const auto arm : {nn::Arm::original, nn::Arm::segmented}) {
    const auto model = segmenting_model(arm);
    PreparationOptions options{
        .preprocessing = model.preprocessing, .masks = MaskSource::predicted, .jpeg_quality = 0};
    Preparer preparer(manifest_, options, model.segmenter);
    const auto record = preparer.prepare(manifest_.rows[0]);
    Diagnoser diagnoser(model);
    const auto diagnosis =
        diagnoser.diagnose(imaging::decode_image(read_file(folder_.path() / "1.png")));
    const auto stored =
        data::decode_grey(record.image).to(at::kFloat).div(255.0).view({1, 1, kSize, kSize});
    EXPECT_TRUE(at::equal(stored, to_tensor(diagnosis.enhanced)));
  }
}

TEST_F(ManifestTest, PreparationKeepsWhatTheManifestSays) {
  PreparationOptions options{.preprocessing = segmenting_model(nn::Arm::segmented).preprocessing,
                             .masks = MaskSource::annotated};
  Preparer preparer(manifest_, options, nn::UNet{nullptr});
  const auto record = preparer.prepare(manifest_.rows[0]);
  EXPECT_EQ(record.id, "1");
  EXPECT_EQ(record.label, "healthy");
  EXPECT_EQ(record.source, "phantom");
  EXPECT_EQ(record.splits.at("group_split"), "train");
  const double stored = data::decode_mask(record.mask).to(at::kFloat).mean().item<double>();
  EXPECT_NEAR(stored,
              lung_fraction(read_annotated_mask(manifest_, manifest_.rows[0], kPhantomSize)), 0.02);
  EXPECT_EQ(caught([&] { preparer.prepare(manifest_.rows[1]); }).code, ErrorCode::not_found);
}

TEST_F(ManifestTest, PredictedMasksNeedASegmenter) {
  EXPECT_EQ(caught([&] { Preparer(manifest_, PreparationOptions{}, nn::UNet{nullptr}); }).code,
            ErrorCode::invalid_option);
}

TEST_F(ManifestTest, EvaluationCountsEveryImageAndComparesMasksWhereThereAreAny) {
  Diagnoser diagnoser(segmenting_model(nn::Arm::segmented));
  std::vector<EvaluatedImage> images;
  for (const auto& row : manifest_.rows)
    images.push_back(evaluate_image(diagnoser, manifest_, row));
  ASSERT_TRUE(images[0].overlap.has_value());
  EXPECT_FALSE(images[1].overlap.has_value());
  // Everything predicted as lung: the IoU is the annotated share of the image.
  EXPECT_NEAR(*images[0].overlap->iou.value,
              lung_fraction(read_annotated_mask(manifest_, manifest_.rows[0], kPhantomSize)), 1e-9);
  const auto evaluation = summarise(images, {.resamples = 10});
  EXPECT_EQ(evaluation.classification.n, 2);
  EXPECT_EQ(evaluation.segmentation.n, 1);
  ASSERT_EQ(evaluation.sources.size(), 1U);
  EXPECT_EQ(evaluation.sources[0].source, "phantom");
  EXPECT_EQ(*evaluation.sources[0].accuracy.value, *evaluation.classification.accuracy.value);
}

TEST_F(ManifestTest, AMaskOfAnotherShapeIsAnError) {
  cv::Mat mask(20, 10, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(3, 5, 4, 10)).setTo(255);
  write_file_atomically(folder_.path() / "1.mask.png", imaging::encode_png_1bit(mask));
  Diagnoser diagnoser(segmenting_model(nn::Arm::segmented));
  EXPECT_EQ(caught([&] { evaluate_image(diagnoser, manifest_, manifest_.rows[0]); }).code,
            ErrorCode::invalid_shape);
}

TEST(EvaluationTest, NothingToEvaluateIsAnError) {
  EXPECT_EQ(caught([] { summarise({}, {}); }).code, ErrorCode::empty_input);
}

}  // namespace
}  // namespace cxrnet::pipeline
