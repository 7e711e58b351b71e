#include <algorithm>
#include <optional>

#include "card/explanation_evidence.h"
#include "card/figure_at.h"
#include "card/flag_rates.h"
#include "card/model_card_parts.h"
#include "cxrnet/core/error.h"
#include "cxrnet/metrics/paper_figures.h"
#include "cxrnet/nn/labels.h"
#include "page/json.h"
#include "page/markdown.h"
#include "page/number_text.h"

namespace cxrnet::report {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "cxrnet.evaluate/1";

std::optional<nn::Arm> arm_of(const json& model) {
  const auto name = text_of(member_at(model, "preprocessing.arm"));
  if (name.empty()) return {};
  return parse_enum<nn::Arm>(name, "arm");
}

bool has_all_classes(const json& result) {
  int present = 0;
  for (const auto& [label, figures] : member(result, "per_class").items())
    present += number_of(figures, "support").value_or(0.0) > 0.0 ? 1 : 0;
  return present == static_cast<int>(nn::kLabels.size());
}

std::string by_class(const json& result, const std::optional<nn::Arm>& arm) {
  MarkdownTable table{
      .header = {"class", "precision", "recall", "F1", "AUROC", "images", "F1, paper"}, .rows = {}};
  for (const auto label : nn::kLabels) {
    const std::string path = "per_class." + std::string(label);
    if (member_at(result, path).is_null()) continue;
    const auto* paper = arm ? metrics::paper_class(*arm, label) : nullptr;
    table.rows.push_back({std::string(label), figure_at(result, path + ".precision"),
                          figure_at(result, path + ".recall"), figure_at(result, path + ".f1"),
                          figure_at(result, path + ".auroc"),
                          count_text(member_at(result, path + ".support")),
                          paper == nullptr ? kNoFigure : figure_text(paper->f1)});
  }
  return format_markdown(table);
}

std::string in_all(const json& result, const std::optional<nn::Arm>& arm, bool all_classes) {
  MarkdownTable table{.header = {"figure", "ours", "paper"}, .rows = {}};
  const bool comparable = arm && all_classes;
  table.rows.push_back(
      {"accuracy", figure_at(result, "accuracy"),
       comparable ? figure_text(metrics::paper_figures(*arm).accuracy) : kNoFigure});
  const auto& masks = member_at(result, "segmentation.n");
  if (number_of(masks).value_or(0.0) > 0.0) {
    table.rows.push_back({"lung IoU, " + count_text(masks) + " masks",
                          figure_at(result, "segmentation.iou"),
                          figure_text(metrics::kPaperLungIou)});
    table.rows.push_back({"lung Dice", figure_at(result, "segmentation.dice"), kNoFigure});
  }
  table.rows.push_back(
      {"expected calibration error", figure_at(result, "calibration.ece"), kNoFigure});
  table.rows.push_back({"Brier score", figure_at(result, "calibration.brier"), kNoFigure});
  return format_markdown(table);
}

std::string confusion(const json& result) {
  const auto& labels = items(member(result, "confusion_matrix"), "labels");
  const auto& counts = items(member(result, "confusion_matrix"), "counts");
  MarkdownTable table{.header = {"actual \\ predicted"}, .rows = {}};
  for (const auto& label : labels) table.header.push_back(text_of(label));
  for (std::size_t actual = 0; actual < std::min(labels.size(), counts.size()); ++actual) {
    std::vector<std::string> row{text_of(labels[actual])};
    if (!counts[actual].is_array() || counts[actual].size() != labels.size()) continue;
    bool is_empty = true;
    for (const auto& count : counts[actual]) {
      row.push_back(count_text(count));
      is_empty = is_empty && count == 0;
    }
    if (!is_empty) table.rows.push_back(std::move(row));
  }
  return table.rows.empty() ? "" : format_markdown(table);
}

std::string sources(const json& result) {
  MarkdownTable table{.header = {"source", "images", "accuracy"}, .rows = {}};
  for (const auto& [source, figures] : member(result, "sources").items()) {
    const auto accuracy = number_of(figures, "accuracy");
    table.rows.push_back({source.empty() ? "not stated" : source, count_text(member(figures, "n")),
                          accuracy
                              ? figure_text(*accuracy) + bounds_text(member(figures, "interval"))
                              : "undefined"});
  }
  return format_markdown(table);
}

}  // namespace

std::string format_card_evaluation(const CardEvaluation& evaluation, const json& model) {
  const auto& result = evaluation.result;
  if (text_of(result, "schema") != kSchema) {
    throw Error(ErrorCode::invalid_option, "model card: expected results of `cxrnet evaluate` (" +
                                               std::string(kSchema) + ") for '" + evaluation.title +
                                               "', got something else; give its "
                                               "evaluation.json");
  }
  std::string text = "### " + evaluation.title + "\n";
  const auto split = text_of(result, "split");
  text += count_text(member(result, "n")) + " images of " +
          count_text(member_at(result, "bootstrap.groups")) + " patients" +
          (split.empty() ? "" : ", `" + text_of(result, "split_column") + "` = `" + split + "`") +
          ", computed in " + text_or(result, "precision", "f32") + ".\n\n";
  const auto arm = arm_of(model);
  const bool all_classes = has_all_classes(result);
  if (all_classes) {
    text += by_class(result, arm);
    text += in_all(result, arm, all_classes);
  } else {
    text += "Accuracy " + figure_at(result, "accuracy") + ".\n\n";
  }
  text += confusion(result);
  if (member(result, "sources").size() > 1) text += sources(result);
  return text + format_flag_rates(result) + format_explanation_evidence(result);
}

}  // namespace cxrnet::report
