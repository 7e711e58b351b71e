// Fig. 11 and Table I: ours and the paper's side by side.
#include <algorithm>
#include <optional>

#include "cxrnet/metrics/paper_figures.h"
#include "cxrnet/nn/labels.h"
#include "evaluation/confusion_table.h"
#include "page/class_names.h"
#include "page/number_text.h"
#include "page/table.h"
#include "study/names.h"
#include "study/parts.h"

namespace cxrnet::report {
namespace {

std::optional<nn::Arm> parsed_arm(const std::string& arm) {
  if (arm == "original") return nn::Arm::original;
  if (arm == "segmented") return nn::Arm::segmented;
  return std::nullopt;
}

// The paper's four classes in their usual order whatever the order in the file, so that ours and
// the paper's matrix can be compared cell by cell; other labels as the file has them.
std::vector<std::string> shown_order(const std::vector<std::string>& stored) {
  std::vector<std::string> usual(nn::kLabels.begin(), nn::kLabels.end());
  return std::is_permutation(stored.begin(), stored.end(), usual.begin(), usual.end()) ? usual
                                                                                       : stored;
}

// Nothing unless there is a count of images for each pair of labels.
std::optional<metrics::ConfusionMatrix> read_matrix(const Json& stored) {
  std::vector<std::string> labels;
  for (const auto& label : items(stored, "labels")) labels.push_back(text_of(label));
  const auto& counts = items(stored, "counts");
  const auto order = shown_order(labels);
  const auto place = [&](const std::string& label) {
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), label) - order.begin());
  };
  if (labels.empty() || counts.size() != labels.size()) return std::nullopt;
  metrics::ConfusionMatrix matrix(order);
  for (std::size_t actual = 0; actual < labels.size(); ++actual) {
    const auto& row = counts[actual];
    if (!row.is_array() || row.size() != labels.size()) return std::nullopt;
    for (std::size_t predicted = 0; predicted < labels.size(); ++predicted) {
      const auto& count = row[predicted];
      if (!count.is_number_integer() || count.get<int64_t>() < 0) return std::nullopt;
      matrix.add(place(labels[actual]), place(labels[predicted]), count.get<int64_t>());
    }
  }
  return matrix;
}

Html matrix_pair(const Json& stored) {
  const std::string arm = text_of(stored, "arm");
  const auto ours = read_matrix(stored);
  const auto paper_arm = parsed_arm(arm);
  const Html left = ours ? confusion_table(*ours)
                         : element("p", {{"class", "undefined"}}, "The counts cannot be read.");
  Html right = element("p", {{"class", "undefined"}}, "The paper has no such arm.");
  if (paper_arm) right = confusion_table(metrics::paper_confusion(*paper_arm));
  return element("div", {{"class", "halves"}},
                 element("div", {}, sub_heading("Ours, " + arm_name(arm)), left),
                 element("div", {}, sub_heading("Paper, " + arm_name(arm)), right));
}

Html pair_header(std::string_view title) {
  return element("th", {{"scope", "colgroup"}, {"colspan", "2"}, {"class", "number group"}}, title);
}

Html class_row(const Json& row, std::optional<nn::Arm> arm) {
  const std::string label = text_of(row, "label");
  const metrics::PaperClass* const paper = arm ? metrics::paper_class(*arm, label) : nullptr;
  const auto theirs = [&](double metrics::PaperClass::*column) {
    return paper_cell(paper == nullptr ? std::nullopt : std::optional(paper->*column));
  };
  return element("tr", {}, row_header(class_name(label)), estimate_cell(row, "precision"),
                 theirs(&metrics::PaperClass::precision), estimate_cell(row, "recall"),
                 theirs(&metrics::PaperClass::recall), estimate_cell(row, "f1"),
                 theirs(&metrics::PaperClass::f1));
}

Html arm_table(const Json& stored, const std::string& encoder) {
  const std::string name = text_of(stored, "arm");
  const auto arm = parsed_arm(name);
  const Html both = concat(header_cell({"ours", true}), header_cell({"paper", true}));
  const Html header = concat(
      element("tr", {},
              element("th", {{"scope", "col"}, {"rowspan", "2"}, {"class", "text"}}, "Class"),
              pair_header("Precision"), pair_header("Recall"), pair_header("F1")),
      element("tr", {}, both, both, both));
  Html rows;
  for (const auto& row : items(stored, "classes")) rows.append(class_row(row, arm));
  const Html accuracy = estimate_html(estimate_of(stored, "accuracy"));
  rows.append(element(
      "tr", {{"class", "total"}}, row_header("Accuracy, all classes"),
      element("td", {{"class", "number"}, {"colspan", "5"}}, accuracy),
      paper_cell(arm ? std::optional(metrics::paper_figures(*arm).accuracy) : std::nullopt)));
  return table(encoder + ", " + arm_name(name), header, rows);
}

}  // namespace

Html fig11_section(const StudyView& view) {
  return study_section(view, "fig11", [&](const Json& section) {
    Html pairs;
    for (const auto& stored : items(section, "matrices")) pairs.append(matrix_pair(stored));
    return concat(
        note("Rows: the actual class; columns: the answer. Encoder " +
             encoder_name(text_of(section, "encoder")) + ", " + sample_text(view, section) +
             ". The shares of a row can be compared, the counts cannot."),
        pairs);
  });
}

Html table1_section(const StudyView& view) {
  return study_section(view, "table1", [&](const Json& section) {
    Html tables;
    for (const auto& stored : items(section, "arms"))
      tables.append(arm_table(stored, encoder_name(text_of(section, "encoder"))));
    return concat(tables, note("Ours: " + sample_text(view, section) + "."));
  });
}

}  // namespace cxrnet::report
