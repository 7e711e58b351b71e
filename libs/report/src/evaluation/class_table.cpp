#include "evaluation/class_table.h"

#include <algorithm>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/metrics/paper_figures.h"
#include "cxrnet/nn/labels.h"
#include "page/class_names.h"
#include "page/number_text.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

Html span_header(std::string_view title, std::string_view columns) {
  return element("th", {{"scope", "colgroup"}, {"colspan", columns}, {"class", "number group"}},
                 title);
}

Html header_rows(bool with_paper) {
  if (!with_paper) {
    Html cells;
    for (const Column& column :
         {Column{"Class"}, Column{"Precision", true}, Column{"Recall", true}, Column{"F1", true},
          Column{"AUROC", true}, Column{"Images", true}}) {
      cells.append(header_cell(column));
    }
    return element("tr", {}, cells);
  }
  const auto tall = [](std::string_view title, std::string_view style) {
    return element("th", {{"scope", "col"}, {"rowspan", "2"}, {"class", style}}, title);
  };
  const Html pair = concat(header_cell({"ours", true}), header_cell({"paper", true}));
  return concat(element("tr", {}, tall("Class", "text"), span_header("Precision", "2"),
                        span_header("Recall", "2"), span_header("F1", "2"), tall("AUROC", "number"),
                        tall("Images", "number")),
                element("tr", {}, pair, pair, pair));
}

Html paper_cell(double value) {
  return element("td", {{"class", "number paper"}}, figure_text(value));
}

Html class_row(const metrics::ClassFigures& figures, const metrics::PaperClass* paper) {
  Html cells = row_header(class_name(figures.label));
  const auto add = [&](const metrics::Estimate& ours, double metrics::PaperClass::*column) {
    cells.append(number_cell(estimate_html(ours)));
    if (paper != nullptr) cells.append(paper_cell(paper->*column));
  };
  add(figures.precision, &metrics::PaperClass::precision);
  add(figures.recall, &metrics::PaperClass::recall);
  add(figures.f1, &metrics::PaperClass::f1);
  cells.append(number_cell(estimate_html(figures.auroc)));
  cells.append(number_cell(std::to_string(figures.support)));
  return element("tr", {}, cells);
}

Html accuracy_row(const metrics::ClassificationReport& report, nn::Arm arm, bool with_paper) {
  const Html ours = estimate_html(report.accuracy);
  Html cells = row_header("Accuracy, all classes");
  if (with_paper) {
    cells.append(element("td", {{"class", "number"}, {"colspan", "5"}}, ours));
    cells.append(paper_cell(metrics::paper_figures(arm).accuracy));
    cells.append(cell());
  } else {
    cells.append(element("td", {{"class", "number"}, {"colspan", "4"}}, ours));
  }
  cells.append(number_cell(std::to_string(report.n)));
  return element("tr", {{"class", "total"}}, cells);
}

Html comparison_note(const std::string& reason, nn::Arm arm) {
  if (!reason.empty()) {
    return element("p", {{"class", "note"}}, "The paper's figures are left out: ", reason, ".");
  }
  return element("p", {{"class", "note"}}, "Paper: Table I, arm ", to_string(arm), ", ResNet-50, ",
                 std::to_string(metrics::kPaperTestImages),
                 " test images of another collection, split at random by image, so that one "
                 "patient may be on both "
                 "sides, and given without intervals. Its lung IoU, too, is of masks of its own. "
                 "Read it as a landmark, not as a contest.");
}

}  // namespace

std::string no_comparison_reason(const metrics::ClassificationReport& report) {
  std::vector<std::string> missing;
  for (const auto label : nn::kLabels) {
    const bool present = std::any_of(
        report.per_class.begin(), report.per_class.end(),
        [&](const auto& figures) { return figures.label == label && figures.support > 0; });
    if (!present) missing.emplace_back(short_name(label));
  }
  return missing.empty() ? "" : "these data hold no image of " + join(missing, " or ");
}

Html class_table(const metrics::ClassificationReport& report, nn::Arm arm) {
  const std::string reason = no_comparison_reason(report);
  Html rows;
  for (const auto& figures : report.per_class) {
    rows.append(
        class_row(figures, reason.empty() ? metrics::paper_class(arm, figures.label) : nullptr));
  }
  rows.append(accuracy_row(report, arm, reason.empty()));
  return concat(table("Figures of each class", header_rows(reason.empty()), rows),
                comparison_note(reason, arm));
}

}  // namespace cxrnet::report
