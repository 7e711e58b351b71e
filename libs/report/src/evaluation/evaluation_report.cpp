#include "cxrnet/report/evaluation_report.h"

#include "cxrnet/metrics/paper_figures.h"
#include "evaluation/class_table.h"
#include "evaluation/confusion_table.h"
#include "evaluation/explanation_section.h"
#include "evaluation/reliability_diagram.h"
#include "page/number_text.h"
#include "page/page.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

template <class... Notes>
Html tile(std::string_view name, const metrics::Estimate& estimate, const Notes&... notes) {
  return element("div", {{"class", "tile"}}, element("dt", {}, name),
                 element("dd", {}, estimate_html(estimate), element("small", {}, notes)...));
}

std::string paper_note(double value) { return "paper: " + figure_text(value); }

Html accuracy_tile(const metrics::ClassificationReport& report, nn::Arm arm) {
  const std::string correct = std::to_string(report.confusion_matrix.correct()) + " of " +
                              std::to_string(report.n) + " right";
  if (!no_comparison_reason(report).empty()) return tile("Accuracy", report.accuracy, correct);
  return tile("Accuracy", report.accuracy, correct,
              paper_note(metrics::paper_figures(arm).accuracy));
}

Html lung_tiles(const metrics::SegmentationReport& lungs) {
  const std::string masks = count_of(static_cast<std::size_t>(lungs.n), "lung mask", "lung masks");
  const Html dice = tile("Lung Dice", lungs.dice, masks);
  if (!lungs.iou.value) return concat(tile("Lung IoU", lungs.iou, masks), dice);
  return concat(tile("Lung IoU", lungs.iou, masks, paper_note(metrics::kPaperLungIou)), dice);
}

Html tiles(const pipeline::Evaluation& evaluation, nn::Arm arm) {
  const auto& report = evaluation.classification;
  return element("dl", {{"class", "tiles"}}, accuracy_tile(report, arm),
                 lung_tiles(evaluation.segmentation),
                 tile("Calibration error", report.ece, "ECE, 15 bins; 0 is best"),
                 tile("Brier score", report.brier, "0 is best, 2 is worst"));
}

std::string intervals_text(const metrics::ClassificationReport& report) {
  const auto& bootstrap = report.bootstrap;
  if (bootstrap.resamples == 0) return "There are no intervals: the bootstrap was switched off.";
  std::string text = "Small print below a figure: its " + fixed(100.0 * bootstrap.confidence, 0) +
                     " % interval, by " + std::to_string(bootstrap.resamples) +
                     " bootstrap draws of whole patients.";
  if (report.groups < 2) text += " It is absent here: it takes two patients or more.";
  return text;
}

Html source_row(const pipeline::SourceFigures& source) {
  return element("tr", {}, row_header(source.source.empty() ? "not stated" : source.source),
                 number_cell(std::to_string(source.n)),
                 number_cell(estimate_html(source.accuracy)));
}

Html sources(const pipeline::Evaluation& evaluation) {
  Html rows;
  for (const auto& source : evaluation.sources) rows.append(source_row(source));
  return element(
      "section", {}, element("h2", {}, "By source"),
      element("p", {{"class", "note"}},
              "A classifier may recognise where an image comes from instead of the disease. Where "
              "a class "
              "comes from one source alone, the figures above cannot tell the two apart."),
      table("Accuracy within each source", {{"Source"}, {"Images", true}, {"Accuracy", true}},
            rows));
}

Html confusion_and_calibration(const metrics::ClassificationReport& report) {
  return element("div", {{"class", "pair"}},
                 element("section", {}, element("h2", {}, "What is taken for what"),
                         confusion_table(report.confusion_matrix)),
                 element("section", {}, element("h2", {}, "Calibration"),
                         reliability_diagram(report.reliability)));
}

}  // namespace

std::string format_evaluation_report(const pipeline::Evaluation& evaluation,
                                     const ReportContext& context) {
  const auto& report = evaluation.classification;
  const Html lead =
      concat(count_of(static_cast<std::size_t>(report.n), "image", "images"), " of ",
             count_of(static_cast<std::size_t>(report.groups), "patient", "patients"), ".");
  const Html body = concat(
      element("section", {}, tiles(evaluation, context.arm),
              element("p", {{"class", "note"}}, intervals_text(report))),
      element("section", {}, element("h2", {}, "By class"), class_table(report, context.arm)),
      confusion_and_calibration(report),
      evaluation.explanation ? explanation_section(*evaluation.explanation) : Html(),
      sources(evaluation));
  return page("Evaluation report", lead, context, body);
}

}  // namespace cxrnet::report
