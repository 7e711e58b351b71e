#include "cxrnet/report/evaluation_report.h"

#include <gtest/gtest.h>

#include "cxrnet/metrics/paper_figures.h"
#include "evaluation/reliability_diagram.h"
#include "markup_check.h"
#include "sample_diagnosis.h"

namespace cxrnet::report {
namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// One image per pair of (actual, answer), each by a patient of its own, the answer with probability
// 0.7.
pipeline::Evaluation evaluate(const std::vector<std::pair<int, int>>& answers,
                              int64_t resamples = 20) {
  std::vector<pipeline::EvaluatedImage> images;
  for (const auto& [actual, answer] : answers) {
    pipeline::EvaluatedImage image;
    image.source = actual == 3 ? "<b>clinic</b>" : "";
    image.prediction = {.probabilities = {0.1, 0.1, 0.1, 0.1},
                        .actual = actual,
                        .group = std::to_string(images.size())};
    image.prediction.probabilities[static_cast<std::size_t>(answer)] = 0.7;
    images.push_back(image);
  }
  return pipeline::summarise(images, {.resamples = resamples});
}

const std::vector<std::pair<int, int>> kAllClasses{{0, 0}, {0, 0}, {1, 1}, {1, 2},
                                                   {2, 2}, {3, 3}, {3, 3}, {3, 0}};

TEST(EvaluationReport, IsOneWellFormedPage) {
  const auto page = format_evaluation_report(evaluate(kAllClasses), sample_context());
  const auto markup = read_markup(page);
  EXPECT_EQ(markup.error, "");
  for (const auto& tag : markup.tags) {
    EXPECT_TRUE(tag.name != "script" && tag.name != "link" && tag.name != "b") << tag.text;
    EXPECT_TRUE(tag.name != "svg" || contains(tag.text, "role=\"img\"")) << tag.text;
  }
  EXPECT_TRUE(contains(markup.text, "Research use only."));
  EXPECT_TRUE(contains(markup.text, "8 images of 8 patients."));
  EXPECT_TRUE(contains(markup.text, "&lt;b&gt;clinic&lt;/b&gt;"));
  EXPECT_TRUE(contains(markup.text, "not stated"));
}

TEST(EvaluationReport, HoldsTheFiguresAndThePapersBesideThem) {
  const auto evaluation = evaluate(kAllClasses);
  const auto page = format_evaluation_report(evaluation, sample_context());
  EXPECT_TRUE(contains(page, "<strong>0.750</strong>"));  // accuracy, 6 of 8
  EXPECT_TRUE(contains(page, "6 of 8 right"));
  EXPECT_TRUE(contains(page, "<td class=\"number paper\">0.879</td>"));
  EXPECT_TRUE(contains(page, "<td class=\"number paper\">0.992</td>"));
  EXPECT_TRUE(contains(page, "landmark"));
  auto original = sample_context();
  original.arm = nn::Arm::original;
  const auto other = format_evaluation_report(evaluation, original);
  EXPECT_TRUE(contains(other, "<td class=\"number paper\">0.847</td>"));
  EXPECT_FALSE(contains(other, "<td class=\"number paper\">0.992</td>"));
}

TEST(EvaluationReport, SaysWhyAFigureOrAComparisonIsMissing) {
  const auto page = format_evaluation_report(evaluate({{0, 0}, {0, 1}, {1, 1}}), sample_context());
  EXPECT_EQ(read_markup(page).error, "");
  EXPECT_TRUE(contains(
      page,
      "The paper&#39;s figures are left out: these data hold no image of Viral or COVID-19."));
  EXPECT_FALSE(contains(page, "number paper"));
  EXPECT_TRUE(contains(page, "undefined: no image of this class in the data"));
  EXPECT_TRUE(contains(page, "undefined: no image with a lung mask on either side"));
  EXPECT_FALSE(contains(page, "paper: 0.925"));
}

TEST(EvaluationReport, SaysWhyThereAreNoIntervals) {
  const auto off = format_evaluation_report(evaluate(kAllClasses, 0), sample_context());
  EXPECT_TRUE(contains(off, "the bootstrap was switched off"));
  EXPECT_FALSE(contains(off, "class=\"interval\""));
  const auto single = format_evaluation_report(evaluate({{0, 0}}), sample_context());
  EXPECT_TRUE(contains(single, "it takes two patients or more"));
  const auto usual = format_evaluation_report(evaluate(kAllClasses), sample_context());
  EXPECT_TRUE(contains(usual, "95 % interval, by 20 bootstrap draws of whole patients"));
}

TEST(EvaluationReport, DrawsTheConfusionMatrix) {
  const auto page = format_evaluation_report(evaluate(kAllClasses), sample_context());
  EXPECT_TRUE(
      contains(page,
               "<td class=\"hit\" "
               "style=\"--share:1.000\"><strong>2</strong><small>100.0\u00A0%</small></td>"));
  EXPECT_TRUE(
      contains(page,
               "<td class=\"miss\" "
               "style=\"--share:0.500\"><strong>1</strong><small>50.0\u00A0%</small></td>"));
  EXPECT_TRUE(
      contains(page,
               "<td class=\"hit\" "
               "style=\"--share:0.667\"><strong>2</strong><small>66.7\u00A0%</small></td>"));
  EXPECT_EQ(occurrences(page, "class=\"hit\""), 4);
  EXPECT_EQ(occurrences(page, "class=\"miss\""), 12);
}

TEST(ReliabilityDiagram, PutsABarAndADotAtEachFilledBin) {
  const auto bins =
      metrics::calibration_bins(std::vector<double>{0.5, 0.5, 1.0}, {true, false, true});
  const auto code = reliability_diagram(bins).code();
  EXPECT_EQ(read_markup("<!doctype html>\n" + code).error, "");
  EXPECT_EQ(occurrences(code, "<circle"), 2);
  EXPECT_EQ(occurrences(code, "class=\"right\""), 2);
  // The square spans x 60 to 360 and y 310 to 10: (0.5, 0.5) is its centre, (1, 1) its upper right
  // corner.
  EXPECT_TRUE(contains(code, "cx=\"210.0\" cy=\"160.0\""));
  EXPECT_TRUE(contains(code, "cx=\"360.0\" cy=\"10.0\""));
  EXPECT_TRUE(contains(reliability_diagram(metrics::calibration_bins({}, {})).code(), "no images"));
}

// Fig. 11 and Table I must agree: precision and recall follow from the counts.
TEST(PaperFigures, FollowFromTheConfusionMatrixOfFig11) {
  for (const auto arm : {nn::Arm::original, nn::Arm::segmented}) {
    const auto& paper = metrics::paper_figures(arm);
    const auto matrix = metrics::paper_confusion(arm);
    for (std::size_t k = 0; k < 4; ++k) {
      ASSERT_EQ(paper.classes[k].label, matrix.labels()[k]);
      const auto hits = static_cast<double>(matrix.count(k, k));
      const auto actual = static_cast<double>(matrix.actual_total(k));
      const auto predicted = static_cast<double>(matrix.predicted_total(k));
      EXPECT_NEAR(paper.classes[k].precision, hits / predicted, 1.1e-3) << paper.classes[k].label;
      EXPECT_NEAR(paper.classes[k].recall, hits / actual, 1.1e-3) << paper.classes[k].label;
      EXPECT_NEAR(paper.classes[k].f1, 2 * hits / (actual + predicted), 1.1e-3)
          << paper.classes[k].label;
    }
    EXPECT_NEAR(paper.accuracy,
                static_cast<double>(matrix.correct()) / static_cast<double>(matrix.total()),
                1.1e-3);
    EXPECT_EQ(matrix.total(), metrics::kPaperTestImages);
  }
}

// The paper's text: "61 out of 537 bacterial pneumonia CXR images were incorrectly predicted as
// non-COVID-19 viral pneumonia, while 54 out of 267 ..." (segmented).
TEST(PaperFigures, TellActualFromPredicted) {
  const auto matrix = metrics::paper_confusion(nn::Arm::segmented);
  EXPECT_EQ(matrix.count(1, 2), 61);
  EXPECT_EQ(matrix.actual_total(1), 537);
  EXPECT_EQ(matrix.count(2, 1), 54);
  EXPECT_EQ(matrix.actual_total(2), 267);
}

}  // namespace
}  // namespace cxrnet::report
