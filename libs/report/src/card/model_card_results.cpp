#include <optional>

#include "card/model_card_parts.h"
#include "cxrnet/core/error.h"
#include "cxrnet/metrics/paper_figures.h"
#include "cxrnet/nn/labels.h"
#include "page/markdown.h"
#include "page/number_text.h"

namespace cxrnet::report {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "cxrnet.evaluate/1";
constexpr const char* kNone = "–";

// The member at a dotted path; null where there is none.
const json* find(const json& object, const std::string& path) {
  const json* value = &object;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('.', begin), path.size());
    const auto key = path.substr(begin, end - begin);
    if (!value->is_object() || !value->contains(key)) return nullptr;
    value = &value->at(key);
    begin = end + 1;
  }
  return value;
}

std::string bounds_text(const json& interval) {
  const auto low = interval.at(0).get<double>();
  return " (" + figure_text(low) + (low < 0.0 ? " to " : "–") +
         figure_text(interval.at(1).get<double>()) + ")";
}

// "0.912 (0.890–0.931)" of the figure at a path; "undefined" where it is.
std::string figure_at(const json& result, const std::string& path) {
  const auto* value = find(result, path);
  if (value == nullptr) return kNone;
  if (!value->is_number()) return "undefined";
  const auto* interval = find(result, "intervals." + path);
  return figure_text(value->get<double>()) + (interval == nullptr ? "" : bounds_text(*interval));
}

std::optional<nn::Arm> arm_of(const json& model) {
  if (!model.contains("preprocessing")) return {};
  const auto name = model.at("preprocessing").value("arm", "segmented");
  return parse_enum<nn::Arm>(name, "arm");
}

bool has_all_classes(const json& result) {
  int present = 0;
  for (const auto& [label, figures] : result.at("per_class").items())
    present += figures.value("support", 0) > 0 ? 1 : 0;
  return present == static_cast<int>(nn::kLabels.size());
}

std::string by_class(const json& result, const std::optional<nn::Arm>& arm) {
  MarkdownTable table{
      .header = {"class", "precision", "recall", "F1", "AUROC", "images", "F1, paper"}, .rows = {}};
  for (const auto label : nn::kLabels) {
    const std::string path = "per_class." + std::string(label);
    if (!result.at("per_class").contains(label)) continue;
    const auto* paper = arm ? metrics::paper_class(*arm, label) : nullptr;
    table.rows.push_back({std::string(label), figure_at(result, path + ".precision"),
                          figure_at(result, path + ".recall"), figure_at(result, path + ".f1"),
                          figure_at(result, path + ".auroc"),
                          std::to_string(result.at("per_class").at(label).value("support", 0)),
                          paper == nullptr ? kNone : figure_text(paper->f1)});
  }
  return format_markdown(table);
}

std::string in_all(const json& result, const std::optional<nn::Arm>& arm, bool all_classes) {
  MarkdownTable table{.header = {"figure", "ours", "paper"}, .rows = {}};
  const bool comparable = arm && all_classes;
  table.rows.push_back({"accuracy", figure_at(result, "accuracy"),
                        comparable ? figure_text(metrics::paper_figures(*arm).accuracy) : kNone});
  if (result.contains("segmentation") && result.at("segmentation").value("n", 0) > 0) {
    const auto masks = std::to_string(result.at("segmentation").at("n").get<int64_t>());
    table.rows.push_back({"lung IoU, " + masks + " masks", figure_at(result, "segmentation.iou"),
                          figure_text(metrics::kPaperLungIou)});
    table.rows.push_back({"lung Dice", figure_at(result, "segmentation.dice"), kNone});
  }
  table.rows.push_back({"expected calibration error", figure_at(result, "calibration.ece"), kNone});
  table.rows.push_back({"Brier score", figure_at(result, "calibration.brier"), kNone});
  return format_markdown(table);
}

std::string confusion(const json& result) {
  const auto& labels = result.at("confusion_matrix").at("labels");
  MarkdownTable table{.header = {"actual \\ predicted"}, .rows = {}};
  for (const auto& label : labels) table.header.push_back(label.get<std::string>());
  for (std::size_t actual = 0; actual < labels.size(); ++actual) {
    std::vector<std::string> row{labels.at(actual).get<std::string>()};
    int64_t images = 0;
    for (const auto& count : result.at("confusion_matrix").at("counts").at(actual)) {
      row.push_back(std::to_string(count.get<int64_t>()));
      images += count.get<int64_t>();
    }
    if (images > 0) table.rows.push_back(std::move(row));
  }
  return format_markdown(table);
}

std::string sources(const json& result) {
  MarkdownTable table{.header = {"source", "images", "accuracy"}, .rows = {}};
  for (const auto& [source, figures] : result.at("sources").items()) {
    std::string accuracy = figures.at("accuracy").is_number()
                               ? figure_text(figures.at("accuracy").get<double>())
                               : "undefined";
    if (figures.contains("interval")) accuracy += bounds_text(figures.at("interval"));
    table.rows.push_back({source.empty() ? "not stated" : source,
                          std::to_string(figures.at("n").get<int64_t>()), accuracy});
  }
  return format_markdown(table);
}

// Of one method minus each other one, image by image; nothing where it stands alone.
std::string explanation_differences(const json& result) {
  MarkdownTable table{.header = {"minus", "deletion", "insertion", "AOPPC, blocks",
                                 "AOPPC, threshold", "heat inside lungs"},
                      .rows = {}};
  for (const auto& [method, figures] : result.at("explanation").items()) {
    if (!figures.is_object() || !figures.contains("difference")) continue;
    const std::string path = "explanation." + method + ".difference";
    table.rows.push_back(
        {method, figure_at(result, path + ".deletion"), figure_at(result, path + ".insertion"),
         figure_at(result, path + ".aoppc_block"), figure_at(result, path + ".aoppc_threshold"),
         figure_at(result, path + ".inside_lung")});
  }
  if (table.rows.empty()) return "";
  const auto setup = result.value("explanation_setup", json::object());
  return "The same image by image, " + setup.value("difference_of", "the first method") +
         " minus each other method; better where the whole interval is above 0.\n\n" +
         format_markdown(table);
}

std::string explanations(const json& result) {
  if (!result.contains("explanation")) return "";
  MarkdownTable table{
      .header = {"method", "deletion", "insertion", "AOPPC, blocks", "AOPPC, threshold",
                 "p at full removal, blurred / black", "heat inside lungs", "images"},
      .rows = {}};
  for (const auto& [method, figures] : result.at("explanation").items()) {
    if (!figures.is_object() || !figures.contains("deletion")) continue;
    const std::string path = "explanation." + method;
    table.rows.push_back(
        {method, figure_at(result, path + ".deletion"), figure_at(result, path + ".insertion"),
         figure_at(result, path + ".aoppc_block"), figure_at(result, path + ".aoppc_threshold"),
         figure_text(figures.value("p_full_removal", 0.0)) + " / " +
             figure_text(figures.value("p_black", 0.0)),
         figure_at(result, path + ".inside_lung"), std::to_string(figures.value("n", 0))});
  }
  if (table.rows.empty()) return "";
  const auto setup = result.value("explanation_setup", json::object());
  return "Explanations, asked about " + setup.value("class", "each image's true label") +
         ", judged by " + setup.value("judge", "the model itself") + "; blocks filled by " +
         setup.value("options", json::object()).value("explain-imputation", "blur") +
         ". Higher is better.\n\n" + format_markdown(table) + explanation_differences(result);
}

}  // namespace

std::string format_card_evaluation(const CardEvaluation& evaluation, const json& model) {
  const auto& result = evaluation.result;
  if (!result.is_object() || result.value("schema", "") != kSchema) {
    throw Error(ErrorCode::invalid_option, "model card: expected results of `cxrnet evaluate` (" +
                                               std::string(kSchema) + ") for '" + evaluation.title +
                                               "', got something else; give its "
                                               "evaluation.json");
  }
  std::string text = "### " + evaluation.title + "\n";
  const auto split = result.value("split", "");
  text += std::to_string(result.at("n").get<int64_t>()) + " images of " +
          std::to_string(result.at("bootstrap").value("groups", 0)) + " patients" +
          (split.empty() ? "" : ", `" + result.value("split_column", "") + "` = `" + split + "`") +
          ", computed in " + result.value("precision", "f32") + ".\n\n";
  const auto arm = arm_of(model);
  const bool all_classes = has_all_classes(result);
  if (all_classes) {
    text += by_class(result, arm);
    text += in_all(result, arm, all_classes);
  } else {
    text += "Accuracy " + figure_at(result, "accuracy") + ".\n\n";
  }
  text += confusion(result);
  if (result.at("sources").size() > 1) text += sources(result);
  return text + explanations(result);
}

}  // namespace cxrnet::report
