#include <algorithm>
#include <optional>

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
constexpr const char* kNone = "–";

// " (0.890–0.931)"; nothing unless both ends are numbers.
std::string bounds_text(const json& interval) {
  if (!interval.is_array() || interval.size() != 2) return "";
  const auto low = number_of(interval[0]);
  const auto high = number_of(interval[1]);
  if (!low || !high) return "";
  return " (" + figure_text(*low) + (*low < 0.0 ? " to " : "–") + figure_text(*high) + ")";
}

// "0.912 (0.890–0.931)" of the figure at a path; "undefined" with its reason where it is none; a
// dash where it was not measured.
std::string figure_at(const json& result, const std::string& path) {
  if (const auto figure = number_of(member_at(result, path)))
    return figure_text(*figure) + bounds_text(member_at(result, "intervals." + path));
  const auto reason = text_of(member_at(result, "undefined." + path));
  if (!reason.empty()) return "undefined: " + reason;
  const auto end = path.rfind('.');
  const auto& parent = end == std::string::npos ? result : member_at(result, path.substr(0, end));
  const auto name = end == std::string::npos ? path : path.substr(end + 1);
  return parent.is_object() && parent.contains(name) ? "undefined" : kNone;
}

// A whole number, or a dash.
std::string count_text(const json& value) {
  return value.is_number_integer() ? std::to_string(value.get<int64_t>()) : kNone;
}

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
                          paper == nullptr ? kNone : figure_text(paper->f1)});
  }
  return format_markdown(table);
}

std::string in_all(const json& result, const std::optional<nn::Arm>& arm, bool all_classes) {
  MarkdownTable table{.header = {"figure", "ours", "paper"}, .rows = {}};
  const bool comparable = arm && all_classes;
  table.rows.push_back({"accuracy", figure_at(result, "accuracy"),
                        comparable ? figure_text(metrics::paper_figures(*arm).accuracy) : kNone});
  const auto& masks = member_at(result, "segmentation.n");
  if (number_of(masks).value_or(0.0) > 0.0) {
    table.rows.push_back({"lung IoU, " + count_text(masks) + " masks",
                          figure_at(result, "segmentation.iou"),
                          figure_text(metrics::kPaperLungIou)});
    table.rows.push_back({"lung Dice", figure_at(result, "segmentation.dice"), kNone});
  }
  table.rows.push_back({"expected calibration error", figure_at(result, "calibration.ece"), kNone});
  table.rows.push_back({"Brier score", figure_at(result, "calibration.brier"), kNone});
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

// Of one method minus each other one, image by image; nothing where it stands alone.
std::string explanation_differences(const json& result) {
  MarkdownTable table{.header = {"minus", "deletion", "insertion", "AOPPC, blocks",
                                 "AOPPC, threshold", "heat inside lungs"},
                      .rows = {}};
  for (const auto& [method, figures] : member(result, "explanation").items()) {
    if (!member(figures, "difference").is_object()) continue;
    const std::string path = "explanation." + method + ".difference";
    table.rows.push_back(
        {method, figure_at(result, path + ".deletion"), figure_at(result, path + ".insertion"),
         figure_at(result, path + ".aoppc_block"), figure_at(result, path + ".aoppc_threshold"),
         figure_at(result, path + ".inside_lung")});
  }
  if (table.rows.empty()) return "";
  return "The same image by image, " +
         text_or(result, "explanation_setup.difference_of", "the first method") +
         " minus each other method; better where the whole interval is above 0.\n\n" +
         format_markdown(table);
}

std::string explanations(const json& result) {
  MarkdownTable table{
      .header = {"method", "deletion", "insertion", "AOPPC, blocks", "AOPPC, threshold",
                 "p at full removal, blurred / black", "heat inside lungs", "images"},
      .rows = {}};
  for (const auto& [method, figures] : member(result, "explanation").items()) {
    if (!figures.is_object() || !figures.contains("deletion")) continue;  // does not apply
    const std::string path = "explanation." + method;
    table.rows.push_back(
        {method, figure_at(result, path + ".deletion"), figure_at(result, path + ".insertion"),
         figure_at(result, path + ".aoppc_block"), figure_at(result, path + ".aoppc_threshold"),
         figure_at(result, path + ".p_full_removal") + " / " + figure_at(result, path + ".p_black"),
         figure_at(result, path + ".inside_lung"), count_text(member(figures, "n"))});
  }
  if (table.rows.empty()) return "";
  return "Explanations, asked about " +
         text_or(result, "explanation_setup.class", "each image's true label") + ", judged by " +
         text_or(result, "explanation_setup.judge", "the model itself") + "; blocks filled by " +
         text_or(result, "explanation_setup.options.explain-imputation", "blur") +
         ". Higher is better.\n\n" + format_markdown(table) + explanation_differences(result);
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
  return text + explanations(result);
}

}  // namespace cxrnet::report
