#include "cxrnet/pipeline/explanation_evaluation.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <set>

#include "cxrnet/core/files.h"
#include "cxrnet/explain/judge.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/diagnosis.h"
#include "cxrnet/pipeline/explanation_benchmark.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "error_matchers.h"
#include "small_model.h"
#include "temporary_folder.h"

namespace cxrnet::pipeline {
namespace {

constexpr int64_t kSize = 64;

// Sees the left half of the image alone: the logit of class 1 is its mean.
at::Tensor judge_left(const at::Tensor& image) {
  const auto seen = image.slice(3, 0, kSize / 2).mean({1, 2, 3});
  const auto nothing = at::zeros_like(seen);
  return at::stack({nothing, 8 * seen, nothing, nothing}, 1);
}

ExplanationCase left_case(int64_t number, ExplanationCase::Mask mask) {
  ExplanationCase one;
  one.image = at::zeros({1, 1, kSize, kSize});
  one.image.slice(3, 0, kSize / 2).fill_(1);
  one.lungs = mask == ExplanationCase::Mask::none ? at::zeros_like(one.image) : one.image.clone();
  one.mask = mask;
  one.target = 1;
  one.group = "patient " + std::to_string(number);
  return one;
}

ExplanationOptions options_for(std::vector<std::string> methods) {
  ExplanationOptions options;
  options.methods = std::move(methods);
  options.benchmark.imputation = explain::Imputation::zero;
  return options;
}

TEST(ParseMethods, TakesNamesInOrderOnceAndAll) {
  using explain::Method;
  EXPECT_EQ(parse_methods({"random", "grad_cam", "random"}),
            (std::vector<Method>{Method::random, Method::grad_cam}));
  EXPECT_EQ(parse_methods({"rise", "all"}).size(), EnumNames<Method>::values.size());
  const auto unknown = caught([] { parse_methods({"gradcam"}); });
  EXPECT_EQ(unknown.code, ErrorCode::invalid_option);
  EXPECT_NE(unknown.message.find("grad_cam_plus_plus"), std::string::npos);
}

// What always stands beside the shipped map, on two fills and two grids, one of them not
// training's.
TEST(Evidence, StandsForTheMapAndAllThatItIsReadWith) {
  using explain::Method;
  EXPECT_EQ(parse_methods({"evidence"}),
            (std::vector<Method>{Method::representation, Method::grad_cam, Method::layer_cam,
                                 Method::integrated_gradients, Method::occlusion, Method::random,
                                 Method::lung_mask}));
  const auto names = [](const ExplanationOptions& options) {
    std::vector<std::string> all;
    for (const auto& setting : explain::block_settings(with_evidence(options).benchmark))
      all.push_back(explain::name_of(setting));
    return all;
  };
  using Names = std::vector<std::string>;
  ExplanationOptions options;
  options.methods = {"evidence"};
  EXPECT_EQ(names(options), (Names{"blur_16", "blur_10", "zero_16", "zero_10"}));
  options.benchmark.imputation = explain::Imputation::zero;
  options.benchmark.grid = 10;
  EXPECT_EQ(names(options), (Names{"zero_10", "zero_16", "blur_10", "blur_16"}));
  options.benchmark.also_fills = {"road"};
  options.benchmark.also_grids = {14};
  EXPECT_EQ(names(options), (Names{"zero_10", "zero_14", "road_10", "road_14"}));
  options.methods = {"representation"};
  options.benchmark = {};
  EXPECT_EQ(names(options), Names{"blur_16"});
}

TEST(ChooseExplained, TakesOneLabelAndDrawsTheLimitBySeed) {
  std::vector<data::ManifestRow> rows(60);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].label = i % 3 == 0 ? "viral" : "healthy";
  ExplanationOptions options;
  EXPECT_EQ(choose_explained(rows, options).size(), 60U);
  options.label = "viral";
  const auto all = choose_explained(rows, options);
  EXPECT_EQ(all.size(), 20U);
  for (const auto index : all) EXPECT_EQ(index % 3, 0U);
  options.limit = 8;
  const auto some = choose_explained(rows, options);
  EXPECT_EQ(std::set<std::size_t>(some.begin(), some.end()).size(), 8U);
  for (const auto index : some) EXPECT_EQ(index % 3, 0U);
  EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
  EXPECT_EQ(choose_explained(rows, options), some);
  options.method.passes.seed += 1;
  EXPECT_NE(choose_explained(rows, options), some);
  options.label = "covid19";
  EXPECT_TRUE(choose_explained(rows, options).empty());
  options.label = "covid";
  EXPECT_EQ(caught([&] { choose_explained(rows, options); }).code, ErrorCode::invalid_option);
}

// Cases by hand: the lung mask is the left half, which is what the judge looks at. As a map it puts
// all its heat inside; the edge map of a step has its heat on the border between the halves.
TEST(ExplanationBenchmark, FiguresAreTheKnownOnes) {
  ExplanationBenchmark benchmark(small_model(kSize).classifier, judge_left, "a judge",
                                 options_for({"lung_mask", "random"}));
  for (int64_t i = 0; i < 35; ++i)  // more than are in memory at once
    benchmark.add(left_case(i / 2, ExplanationCase::Mask::annotated));
  const auto evaluation = benchmark.finish({.resamples = 50});
  EXPECT_EQ(evaluation.n, 35);
  EXPECT_EQ(evaluation.patients, 18);
  EXPECT_EQ(evaluation.annotated_masks, 35);
  EXPECT_TRUE(evaluation.warnings.empty());
  ASSERT_EQ(evaluation.methods.size(), 2U);
  const auto& lungs = evaluation.methods[0].summary;
  const auto p = [](double mean) { return std::exp(8 * mean) / (std::exp(8 * mean) + 3); };
  EXPECT_NEAR(lungs.p_whole.value.value(), p(1), 1e-6);
  EXPECT_NEAR(lungs.p_full_removal.value.value(), 0.25, 1e-6);
  EXPECT_NEAR(lungs.aoppc_threshold.value.value(), p(1) - 0.25, 1e-6);
  EXPECT_NEAR(lungs.inside_lung.value.value(), 1.0, 1e-9);
  // A tenth of the area is a fifth of the half: 26 of 128 blocks.
  EXPECT_NEAR(lungs.ppc_block.at(1), p(1 - 26.0 / 128), 1e-6);
  const auto& random = evaluation.methods[1].summary;
  EXPECT_NEAR(random.inside_lung.value.value(), 0.5, 0.02);
  EXPECT_LT(random.deletion.interval->high, lungs.deletion.interval->low);
  EXPECT_FALSE(evaluation.methods[0].difference);
  const auto& difference = evaluation.methods[1].difference.value();
  EXPECT_EQ(difference.n, 35);
  EXPECT_NEAR(difference.deletion.value.value(),
              lungs.deletion.value.value() - random.deletion.value.value(), 1e-9);
  EXPECT_GT(difference.deletion.interval->low, 0.0);
  EXPECT_GT(evaluation.methods[1].explained_per_second, 0.0);
}

TEST(ExplanationBenchmark, JsonHoldsTheContract) {
  ExplanationBenchmark benchmark(small_model(kSize).classifier, judge_left, "a judge",
                                 options_for({"grad_cam", "lung_mask"}));
  for (int64_t i = 0; i < 3; ++i) benchmark.add(left_case(i, ExplanationCase::Mask::none));
  const auto document = to_json(benchmark.finish({.resamples = 20}));
  const auto& method = document["explanation"]["grad_cam"];
  for (const char* name : {"aoppc_threshold", "aoppc_rank", "aoppc_block", "insertion", "deletion",
                           "p_full_removal"}) {
    EXPECT_TRUE(method[name].is_number()) << name;
    EXPECT_EQ(document["intervals"]["explanation"]["grad_cam"][name].size(), 2U) << name;
  }
  for (const char* name : {"ppc_threshold", "ppc_rank", "ppc_block"}) {
    EXPECT_EQ(method[name].size(), 11U) << name;
  }
  EXPECT_TRUE(method["inside_lung"].is_null());
  EXPECT_NE(document["undefined"]["explanation"]["grad_cam"]["inside_lung"].get<std::string>().find(
                "lung mask"),
            std::string::npos);
  EXPECT_TRUE(document["explanation"]["lung_mask"].is_null());
  EXPECT_TRUE(document["undefined"]["explanation"]["lung_mask"].is_string());
  EXPECT_EQ(document["explanation_setup"]["n"], 3);
  EXPECT_EQ(document["explanation_setup"]["judge"], "a judge");
  EXPECT_EQ(document["explanation_setup"]["difference_of"], "grad_cam");
  // Three images, no masks, a method without what it needs: each is said.
  EXPECT_EQ(document["explanation_warnings"].size(), 3U);
}

// Images without a lung mask make the lung mask's map dead: counted, said, and no figure is lost.
TEST(ExplanationBenchmark, DeadMapsAreCountedAndSaid) {
  ExplanationBenchmark benchmark(small_model(kSize).classifier, judge_left, "a judge",
                                 options_for({"lung_mask"}));
  for (int64_t i = 0; i < 12; ++i) {
    benchmark.add(
        left_case(i, i < 3 ? ExplanationCase::Mask::none : ExplanationCase::Mask::annotated));
  }
  const auto evaluation = benchmark.finish({.resamples = 20});
  EXPECT_EQ(evaluation.methods[0].summary.n, 12);
  EXPECT_EQ(evaluation.methods[0].summary.n_dead, 3);
  ASSERT_EQ(evaluation.warnings.size(), 1U);
  EXPECT_NE(evaluation.warnings[0].find("3 of 12 maps are dead"), std::string::npos);
  const auto document = to_json(evaluation);
  EXPECT_EQ(document["explanation"]["lung_mask"]["n"], 12);
  EXPECT_EQ(document["explanation"]["lung_mask"]["n_dead"], 3);
}

TEST(ExplanationBenchmark, AnImageThatIsNoNumberIsADeadMapAndTheOthersStand) {
  ExplanationBenchmark benchmark(small_model(kSize).classifier, judge_left, "a judge",
                                 options_for({"integrated_gradients"}));
  const auto nan_to_the_network = [](ExplanationCase one) {
    one.image.slice(3, kSize / 2).fill_(std::numeric_limits<float>::quiet_NaN());
    return one;
  };
  for (int64_t i = 0; i < 11; ++i) benchmark.add(left_case(i, ExplanationCase::Mask::annotated));
  benchmark.add(nan_to_the_network(left_case(11, ExplanationCase::Mask::annotated)));
  const auto evaluation = benchmark.finish({.resamples = 20});
  EXPECT_EQ(evaluation.methods[0].not_applicable, "");
  EXPECT_EQ(evaluation.methods[0].summary.n_dead, 1);
  EXPECT_TRUE(evaluation.methods[0].summary.deletion.value);
}

TEST(ExplanationBenchmark, JsonHoldsEachFillAndGrid) {
  auto options = options_for({"lung_mask", "random"});
  options.benchmark.also_grids = {10};
  ExplanationBenchmark benchmark(small_model(kSize).classifier, judge_left, "a judge", options);
  for (int64_t i = 0; i < 12; ++i) benchmark.add(left_case(i, ExplanationCase::Mask::annotated));
  const auto document = to_json(benchmark.finish({.resamples = 20}));
  const auto& setup = document["explanation_setup"];
  EXPECT_EQ(setup["blocks"][1],
            nlohmann::json({{"name", "zero_10"}, {"fill", "zero"}, {"grid", 10}}));
  const auto& lungs = document["explanation"]["lung_mask"];
  EXPECT_EQ(lungs["blocks"]["zero_16"]["deletion"], lungs["deletion"]);
  const auto& random = document["explanation"]["random"];
  EXPECT_NEAR(random["difference"]["blocks"]["zero_10"]["deletion"].get<double>(),
              lungs["blocks"]["zero_10"]["deletion"].get<double>() -
                  random["blocks"]["zero_10"]["deletion"].get<double>(),
              1e-9);
  EXPECT_EQ(
      document["intervals"]["explanation"]["random"]["difference"]["blocks"]["zero_10"]["deletion"]
          .size(),
      2U);
}

// The chosen level is the one whose maps, measured alone, have the highest deletion.
TEST(LayerCamChoice, TakesTheLevelWithTheHighestDeletion) {
  const auto model = small_model(kSize).classifier;
  const auto judge = explain::as_classifier(model);
  at::manual_seed(4);
  std::vector<ExplanationCase> cases;
  for (int64_t i = 0; i < 3; ++i) {
    cases.push_back(left_case(i, ExplanationCase::Mask::annotated));
    cases.back().image = at::rand({1, 1, kSize, kSize});
  }
  auto options = options_for({"layer_cam"});
  options.layer_cam_side = "train";
  const auto choice = choose_layer_cam_level(model, judge, cases, options);
  EXPECT_EQ(choice.side, "train");
  EXPECT_EQ(choice.n, 3);
  ASSERT_EQ(choice.deletion.size(), 5U);
  for (int64_t level = 0; level < 5; ++level) {
    options.method.activations.layer_cam_level = level;
    ExplanationBenchmark alone(model, judge, "itself", options);
    for (const auto& one : cases) alone.add(one);
    const auto deletion = alone.finish({.resamples = 5}).methods[0].summary.deletion.value.value();
    EXPECT_NEAR(choice.deletion[static_cast<std::size_t>(level)].value.value(), deletion, 1e-9);
    EXPECT_LE(deletion,
              choice.deletion[static_cast<std::size_t>(choice.level)].value.value() + 1e-9);
  }
  ExplanationBenchmark benchmark(model, judge, "itself", options);
  benchmark.note(choice);
  for (const auto& one : cases) benchmark.add(one);
  const auto setup = to_json(benchmark.finish({.resamples = 5}))["explanation_setup"];
  EXPECT_EQ(setup["layer_cam"]["chosen_on"], nlohmann::json({{"side", "train"}, {"n", 3}}));
  EXPECT_EQ(caught([&] { choose_layer_cam_level(model, judge, {}, options); }).code,
            ErrorCode::empty_input);
}

TEST(ExplanationBenchmark, NoImagesAreAWarningAndUndefinedFigures) {
  auto options = options_for({"saliency"});
  options.label = "viral";
  ExplanationBenchmark benchmark(small_model(kSize).classifier, judge_left, "a judge", options);
  const auto evaluation = benchmark.finish({.resamples = 20});
  EXPECT_EQ(evaluation.n, 0);
  ASSERT_EQ(evaluation.warnings.size(), 1U);
  EXPECT_NE(evaluation.warnings[0].find("viral"), std::string::npos);
  const auto document = to_json(evaluation);
  EXPECT_TRUE(document["explanation"]["saliency"]["deletion"].is_null());
  EXPECT_EQ(document["undefined"]["explanation"]["saliency"]["deletion"], "no images");
}

// A network without a decoder has no representation; the other methods go on.
TEST(ExplanationBenchmark, AMethodThatDoesNotApplyIsLeftOutWithItsReason) {
  nn::CxrNetOptions plain = small_model(kSize).classifier->options();
  plain.representation = nn::Representation::none;
  nn::CxrNet model(plain);
  model->eval();
  ExplanationBenchmark benchmark(model, judge_left, "a judge",
                                 options_for({"representation", "saliency"}));
  for (int64_t i = 0; i < 12; ++i) benchmark.add(left_case(i, ExplanationCase::Mask::annotated));
  const auto evaluation = benchmark.finish({.resamples = 10});
  EXPECT_NE(evaluation.methods[0].not_applicable, "");
  EXPECT_EQ(evaluation.methods[1].not_applicable, "");
  EXPECT_TRUE(evaluation.methods[1].summary.deletion.value);
  ASSERT_EQ(evaluation.warnings.size(), 1U);
  EXPECT_NE(evaluation.warnings[0].find("representation is left out"), std::string::npos);
}

class ExplanationCaseTest : public testing::Test {
 protected:
  void SetUp() override {
    imaging::PhantomOptions options;
    options.size = 100;
    const auto phantom = imaging::render_phantom(options);
    for (const char* name : {"1.png", "2.png"}) {
      write_file_atomically(folder_.path() / name, imaging::encode_png(phantom.image));
    }
    write_file_atomically(folder_.path() / "mask.png", imaging::encode_png_1bit(phantom.lung_mask));
    manifest_ = data::parse_manifest(
        "image_id,path,label,patient_id,mask_path\na,1.png,viral,p1,mask.png\nb,2.png,healthy,p2,"
        "\n",
        folder_.path());
    lung_fraction_ = static_cast<double>(cv::countNonZero(phantom.lung_mask)) /
                     static_cast<double>(phantom.lung_mask.total());
  }

  TemporaryFolder folder_;
  data::Manifest manifest_;
  double lung_fraction_ = 0.0;
};

TEST_F(ExplanationCaseTest, IsWhatTheDiagnosisSees) {
  auto model = small_model(kSize);
  model.segmenter = constant_segmenter(3.0F);
  model.preprocessing.arm = nn::Arm::segmented;
  const auto one = read_explanation_case(model, manifest_, manifest_.rows[0]);
  Diagnoser diagnoser(model);
  const auto diagnosis = diagnoser.diagnose(
      imaging::decode_image(read_file(folder_.path() / "1.png")), /*explain=*/false);
  EXPECT_TRUE(at::equal(one.image, to_tensor(diagnosis.enhanced)));
  EXPECT_EQ(one.target, 2);
  EXPECT_EQ(one.group, "p1");
  EXPECT_EQ(one.mask, ExplanationCase::Mask::annotated);
  EXPECT_NEAR(one.lungs.mean().item<double>(), lung_fraction_, 0.02);
  EXPECT_EQ(((one.lungs == 0) | (one.lungs == 1)).all().item<bool>(), true);
}

TEST_F(ExplanationCaseTest, LungsComeFromTheSegmenterWhereTheManifestHasNone) {
  auto model = small_model(kSize);
  const auto none = read_explanation_case(model, manifest_, manifest_.rows[1]);
  EXPECT_EQ(none.mask, ExplanationCase::Mask::none);
  EXPECT_EQ(none.lungs.sum().item<double>(), 0.0);
  model.segmenter = constant_segmenter(3.0F);
  const auto predicted = read_explanation_case(model, manifest_, manifest_.rows[1]);
  EXPECT_EQ(predicted.mask, ExplanationCase::Mask::predicted);
  EXPECT_EQ(predicted.lungs.mean().item<double>(), 1.0);
}

TEST(Judge, SpeaksCalibratedProbabilities) {
  auto model = small_model(kSize);
  const auto image = at::rand({2, 1, kSize, kSize});
  const auto plain = make_judge(model)(image);
  model.calibration = {.temperature = 4.0, .fitted = true};
  EXPECT_TRUE(at::allclose(make_judge(model)(image) * 4, plain));
  // What nn itself says, for any number of images.
  const auto many = at::rand({19, 1, kSize, kSize});
  EXPECT_TRUE(at::allclose(plain, explain::as_classifier(model.classifier)(image), 1e-3, 1e-4));
  EXPECT_TRUE(at::allclose(make_judge(model)(many) * 4,
                           explain::as_classifier(model.classifier)(many), 1e-3, 1e-4));
}

TEST(Judge, MustTakeTheSameInput) {
  const auto model = small_model(kSize);
  auto judge = small_model(kSize);
  EXPECT_EQ(caught([&] { require_same_input(model, judge); }).code, std::nullopt);
  judge.preprocessing.size = 96;
  const auto other = caught([&] { require_same_input(model, judge); });
  EXPECT_EQ(other.code, ErrorCode::invalid_option);
  EXPECT_NE(other.message.find("size 64"), std::string::npos) << other.message;
  judge.classifier = nullptr;
  EXPECT_EQ(caught([&] { require_same_input(model, judge); }).code, ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::pipeline
