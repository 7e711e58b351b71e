// What stages compute by themselves: estimates, checkerboard, words and tables.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cxrnet/core/files.h"
#include "document/document.h"
#include "error_matchers.h"
#include "run/stage_record.h"
#include "stages/checkerboard.h"
#include "stages/estimates.h"
#include "stages/predictions.h"
#include "temporary_folder.h"

namespace cxrnet::study {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

metrics::Prediction prediction(int actual, int predicted, const char* group) {
  metrics::Prediction answer{
      .probabilities = {0.0, 0.0, 0.0, 0.0}, .actual = actual, .group = group};
  answer.probabilities[static_cast<std::size_t>(predicted)] = 1.0;
  return answer;
}

TEST(EstimatesTest, MeanLeavesNanOut) {
  const auto mean = mean_estimate({1.0, kNan, 4.0}, {"a", "b", "c"}, {.resamples = 20});
  EXPECT_DOUBLE_EQ(*mean.value, 2.5);
  EXPECT_FALSE(mean_estimate({kNan}, {"a"}, {}).value);
  EXPECT_EQ(caught([] { mean_estimate({1.0}, {}, {}); }).code, ErrorCode::invalid_shape);
}

// By hand: healthy has recall 1 and precision 2/3, F1 = 4/5; bacterial recall 1/2, precision 1,
// F1 = 2/3; the other two classes do not occur.
TEST(EstimatesTest, MacroF1OverTheClassesThatOccur) {
  const auto f1 = macro_f1(
      {prediction(0, 0, "a"), prediction(0, 0, "b"), prediction(1, 1, "c"), prediction(1, 0, "d")},
      {.resamples = 20});
  EXPECT_NEAR(*f1.value, (4.0 / 5.0 + 2.0 / 3.0) / 2.0, 1e-12);
}

TEST(EstimatesTest, JsonCarriesIntervalOrReason) {
  metrics::Estimate estimate;
  estimate.value = 0.5;
  estimate.interval = metrics::Interval{.low = 0.25, .high = 0.75};
  EXPECT_EQ(to_json(estimate), nlohmann::json({{"value", 0.5}, {"interval", {0.25, 0.75}}}));
  estimate = {};
  estimate.undefined = "no test image";
  EXPECT_EQ(to_json(estimate)["undefined"], "no test image");
  EXPECT_TRUE(to_json(estimate)["value"].is_null());
}

// Only images that both answered count, whatever their order.
TEST(AnswersTest, ArePairedByImage) {
  const Answers first{
      .image_ids = {"a", "b", "c"},
      .predictions = {prediction(0, 0, "p"), prediction(1, 1, "q"), prediction(2, 0, "r")},
      .met_in = {}};
  const Answers second{
      .image_ids = {"c", "a", "d"},
      .predictions = {prediction(2, 2, "r"), prediction(0, 1, "p"), prediction(3, 3, "s")},
      .met_in = {}};
  const auto pairs = pair_answers(first, second);
  EXPECT_EQ(pairs.first, (std::vector<bool>{false, true}));   // c, a
  EXPECT_EQ(pairs.second, (std::vector<bool>{true, false}));  // c, a
  EXPECT_EQ(pairs.groups, (std::vector<std::string>{"r", "p"}));
  EXPECT_DOUBLE_EQ(*accuracy_difference(pairs, {.resamples = 20}).value, 0.0);
}

TEST(AnswersTest, ComeBackAsWritten) {
  const TemporaryFolder folder;
  write_answers(folder.path() / "answers.json", {.image_ids = {"a"},
                                                 .predictions = {prediction(3, 1, "p")},
                                                 .met_in = {Acquaintance::training}});
  const auto answers = read_answers(folder.path() / "answers.json");
  EXPECT_EQ(answers.image_ids, std::vector<std::string>{"a"});
  EXPECT_EQ(answers.predictions.at(0).actual, 3);
  EXPECT_EQ(answers.predictions.at(0).group, "p");
  EXPECT_EQ(answers.met_in, std::vector<Acquaintance>{Acquaintance::training});
  EXPECT_EQ(answers.predictions.at(0).probabilities, (std::vector<double>{0.0, 1.0, 0.0, 0.0}));
  write_file_atomically(folder.path() / "answers.json", "[{}]");
  EXPECT_EQ(caught([&] { read_answers(folder.path() / "answers.json"); }).code,
            ErrorCode::unreadable);
}

// One frequency each: all its power lies where that frequency lies.
TEST(CheckerboardTest, PureFrequencies) {
  const auto index = at::arange(32, at::TensorOptions().dtype(at::kFloat));
  const auto alternating = at::cos(index * M_PI);       // frequency 1/2
  const auto slow = at::cos(index * (2.0 * M_PI / 8));  // frequency 1/8
  const auto flat = at::ones({32});
  const struct {
    const char* name;
    at::Tensor image;
    double expected;
  } rows[] = {
      {"checkerboard", alternating.outer(alternating), 1.0},
      {"alternating lines", alternating.outer(flat), 1.0},
      {"alternating columns", flat.outer(alternating), 1.0},
      {"slow waves", slow.outer(slow), 0.0},
      // powers of unit waves: 1 for the alternating one, 1/2 for the slow one
      {"both", alternating.outer(flat) + flat.outer(slow), 1.0 / 1.5},
      {"both, on a bright ground", alternating.outer(flat) + flat.outer(slow) + 7.0, 1.0 / 1.5},
  };
  for (const auto& row : rows) {
    const auto energy = checkerboard_energy(row.image.view({1, 1, 32, 32}));
    EXPECT_NEAR(energy.item<double>(), row.expected, 1e-5) << row.name;
  }
  EXPECT_TRUE(std::isnan(checkerboard_energy(at::ones({1, 1, 8, 8})).item<double>()));
}

TEST(StageRecordTest, ComesBackAsWritten) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_stage_record(folder.path()));
  write_stage_record(folder.path(), {.fingerprint = "f",
                                     .state = kDone,
                                     .seconds = 1.5,
                                     .reason = "",
                                     .result = {{"accuracy", 0.5}}});
  const auto record = read_stage_record(folder.path());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->fingerprint, "f");
  EXPECT_EQ(record->state, kDone);
  EXPECT_EQ(record->seconds, 1.5);
  EXPECT_EQ(record->result["accuracy"], 0.5);
}

TEST(StageRecordTest, ADamagedOneCountsAsNone) {
  const TemporaryFolder folder;
  for (const char* text : {"", "{", "[]", "{\"schema\": \"cxrnet.stage/1\"}"}) {
    write_file_atomically(folder.path() / "stage.json", text);
    EXPECT_FALSE(read_stage_record(folder.path())) << text;
  }
}

nlohmann::json estimate(double value, double low, double high) {
  return {{"value", value}, {"interval", {low, high}}};
}

nlohmann::json study_with_difference(double low, double high) {
  return {{"plan", nlohmann::json::array()},
          {"data", {{"confounding", "tied."}}},
          {"fig13",
           {{"methods", nlohmann::json::array()},
            {"paired",
             {{{"method", "representation"},
               {"against", "grad_cam"},
               {"model", "paper"},
               {"label", "all"},
               {"deletion", estimate((low + high) / 2, low, high)}}}}}}};
}

TEST(SummaryTest, SaysFirstWhetherTheRepresentationBeatsGradCam) {
  const struct {
    double low, high;
    const char* verdict;
  } rows[] = {{0.01, 0.05, "representation image beats Grad-CAM"},
              {-0.05, -0.01, "representation image does worse than Grad-CAM"},
              {-0.01, 0.03, "representation image does not beat Grad-CAM"}};
  for (const auto& row : rows) {
    const auto sentences = summarise(study_with_difference(row.low, row.high));
    ASSERT_FALSE(sentences.empty());
    EXPECT_NE(sentences[0].find(row.verdict), std::string::npos) << sentences[0];
  }
}

// Under the paper's split a test image's patient may have been met: the sentence may not deny it.
TEST(SummaryTest, ClaimsUnseenPatientsUnderTheSplitByPatientAlone) {
  nlohmann::json study{
      {"plan", nlohmann::json::array()},
      {"data", {{"confounding", "tied."}, {"split_is_random", false}}},
      {"table1",
       {{"encoder", "resnet50"},
        {"arms", {{{"arm", "segmented"}, {"n", 20}, {"accuracy", estimate(0.5, 0.4, 0.6)}}}}}}};
  EXPECT_NE(summarise(study).back().find("patients it has never seen"), std::string::npos);
  study["data"]["split_is_random"] = true;
  EXPECT_EQ(summarise(study).back().find("never seen"), std::string::npos);
  EXPECT_NE(summarise(study).back().find("random split, as the paper's"), std::string::npos);
}

TEST(TablesTest, EstimatesBecomeThreeColumnsAndCommasAreQuoted) {
  const TemporaryFolder folder;
  write_tables({{"plan", {{{"stage", "fig9"}, {"title", "a, \"b\""}}}},
                {"fig9",
                 {{"rows",
                   {{{"encoder", "alexnet"}, {"accuracy", estimate(0.5, 0.25, 0.75)}},
                    {{"encoder", "vgg16"}, {"accuracy", undefined_estimate("none")}}}}}}},
               folder.path());
  EXPECT_EQ(read_file(folder.path() / "tables" / "plan.csv"),
            "stage,title\nfig9,\"a, \"\"b\"\"\"\n");
  EXPECT_EQ(read_file(folder.path() / "tables" / "fig9.csv"),
            "accuracy,accuracy_low,accuracy_high,encoder\n0.5,0.25,0.75,alexnet\n,,,vgg16\n");
}

}  // namespace
}  // namespace cxrnet::study
