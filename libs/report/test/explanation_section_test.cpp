#include "evaluation/explanation_section.h"

#include <gtest/gtest.h>

#include "cxrnet/report/evaluation_report.h"
#include "markup_check.h"
#include "sample_diagnosis.h"

namespace cxrnet::report {
namespace {

using pipeline::ExplanationEvaluation;
using pipeline::MethodEvaluation;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

metrics::Estimate estimate(double value) {
  metrics::Estimate result;
  result.value = value;
  result.interval = metrics::Interval{.low = value - 0.05, .high = value + 0.05};
  return result;
}

MethodEvaluation measured(explain::Method method, double deletion) {
  MethodEvaluation result;
  result.method = method;
  auto& summary = result.summary;
  summary.n = 40;
  summary.deletion = estimate(deletion);
  summary.n_dead = 3;
  summary.blocks = {{.setting = {}, .deletion = estimate(deletion), .p_full_removal = {}}};
  summary.insertion = estimate(0.61);
  summary.aoppc_block = summary.aoppc_rank = summary.aoppc_threshold = estimate(0.31);
  summary.p_whole = estimate(0.9);
  summary.p_full_removal = estimate(0.2);
  summary.inside_lung.undefined = "no image with a lung mask";
  summary.ppc_block = {1.0, 0.5, 0.0};
  return result;
}

ExplanationEvaluation sample() {
  ExplanationEvaluation evaluation;
  evaluation.n = 40;
  evaluation.patients = 31;
  evaluation.judge = "a <judge>";
  evaluation.methods = {measured(explain::Method::grad_cam, 0.412),
                        measured(explain::Method::random, 0.123)};
  return evaluation;
}

std::string code_of(const ExplanationEvaluation& evaluation) {
  return explanation_section(evaluation).code();
}

TEST(ExplanationSection, HoldsEachMethodsFiguresWithIntervals) {
  const auto code = code_of(sample());
  EXPECT_EQ(read_markup("<!doctype html>\n" + code).error, "");
  EXPECT_TRUE(contains(code, "grad_cam"));
  EXPECT_TRUE(contains(code, "0.412"));
  EXPECT_TRUE(contains(code, "with every block removed (blur)"));
  EXPECT_TRUE(contains(code, "0.362"));  // the interval's low end
  EXPECT_TRUE(contains(code, "40 images of 31 patients"));
  EXPECT_TRUE(contains(code, "a &lt;judge&gt;"));
  EXPECT_TRUE(contains(code, "no image with a lung mask"));
  EXPECT_TRUE(contains(code, "3 of 40"));
}

// No figure without its fill, grid and judge, and each measure once: deletion and AOPPC of blocks
// differ by a constant.
TEST(ExplanationSection, NamesFillGridAndJudgeOverEachColumn) {
  auto evaluation = sample();
  evaluation.benchmark.also_fills = {"zero"};
  evaluation.benchmark.also_grids = {10};
  evaluation.layer_cam_level = 2;
  evaluation.layer_cam =
      pipeline::LayerCamChoice{.side = "train", .n = 25, .level = 2, .deletion = {}};
  const auto code = code_of(evaluation);
  for (const char* title :
       {"Deletion (blur, 16 × 16, by a &lt;judge&gt;)", "Deletion (blur, 10 × 10, by a",
        "Deletion (zero, 16 × 16, by a", "Deletion (zero, 10 × 10, by a",
        "Insertion (blur, 16 × 16, by a", "AOPPC (threshold, zero, by a"}) {
    EXPECT_TRUE(contains(code, title)) << title;
  }
  EXPECT_FALSE(contains(code, "AOPPC, blocks"));
  EXPECT_TRUE(contains(code, "its best by deletion on 25 images of the side train"));
  EXPECT_TRUE(contains(code, "docs/glossary.md"));
}

TEST(ExplanationSection, ComparesTheFirstMethodWithTheOthers) {
  auto evaluation = sample();
  EXPECT_FALSE(contains(code_of(ExplanationEvaluation{}), "image by image"));
  evaluation.methods[1].difference.emplace().blocks = {
      {.setting = {}, .deletion = estimate(0.289), .p_full_removal = {}}};
  const auto code = code_of(evaluation);
  EXPECT_EQ(read_markup("<!doctype html>\n" + code).error, "");
  EXPECT_TRUE(contains(code, "grad_cam minus each other method, image by image"));
  EXPECT_TRUE(contains(code, "0.289"));
}

// The drawing spans x 52 to 472 and y 10 to 250 for scores 1 to 0.
TEST(ExplanationSection, DrawsOneLineAMethodWhereItBelongs) {
  const auto code = code_of(sample());
  EXPECT_EQ(occurrences(code, "<polyline"), 2);
  EXPECT_TRUE(contains(code, "points=\"52.0,10.0 262.0,130.0 472.0,250.0\""));
  EXPECT_EQ(occurrences(code, "role=\"img\""), 1);
}

TEST(ExplanationSection, TellsMoreMethodsThanColoursApart) {
  auto evaluation = sample();
  evaluation.methods.assign(8, measured(explain::Method::rise, 0.3));
  const auto code = code_of(evaluation);
  EXPECT_EQ(occurrences(code, "stroke-dasharray"), 2);
  EXPECT_EQ(occurrences(code, "(dashed)"), 2);
}

TEST(ExplanationSection, LogitsGetAScaleOfTheirOwn) {
  auto evaluation = sample();
  evaluation.benchmark.score = explain::Score::logit;
  evaluation.methods[0].summary.ppc_block = {4.0, 1.0, -1.0};
  const auto code = code_of(evaluation);
  EXPECT_TRUE(contains(code, "Logit of the class"));
  EXPECT_TRUE(contains(code, "points=\"52.0,10.0 262.0,154.0 472.0,250.0\""));
}

TEST(ExplanationSection, SaysWhatIsLeftOut) {
  auto evaluation = sample();
  evaluation.methods[1].not_applicable = "no decoder";
  evaluation.warnings = {"random is left out: no decoder"};
  const auto code = code_of(evaluation);
  EXPECT_EQ(occurrences(code, "<polyline"), 1);
  EXPECT_TRUE(contains(code, "random is left out: no decoder"));
  evaluation.methods.clear();
  EXPECT_TRUE(contains(code_of(evaluation), "nothing was measured"));
}

TEST(ExplanationSection, StandsInTheEvaluationReportWhenItWasAskedFor) {
  pipeline::EvaluatedImage image;
  image.prediction = {.probabilities = {0.7, 0.1, 0.1, 0.1}, .actual = 0, .group = "a"};
  auto evaluation = pipeline::summarise({image}, {.resamples = 0});
  const auto without = format_evaluation_report(evaluation, sample_context());
  evaluation.explanation = sample();
  const auto with = format_evaluation_report(evaluation, sample_context());
  EXPECT_FALSE(contains(without, "What the explanations are worth"));
  EXPECT_TRUE(contains(with, "What the explanations are worth"));
  EXPECT_EQ(read_markup(with).error, "");
}

}  // namespace
}  // namespace cxrnet::report
