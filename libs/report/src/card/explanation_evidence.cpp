// What a model's heat maps are worth, beside everything that such a figure has to be read with.
#include "card/explanation_evidence.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "card/figure_at.h"
#include "cxrnet/pipeline/explanation_evaluation.h"
#include "page/json.h"
#include "page/markdown.h"
#include "page/number_text.h"

namespace cxrnet::report {
namespace {

using nlohmann::json;

constexpr const char* kOurs = "representation";
constexpr const char* kRival = "grad_cam";
constexpr const char* kOutline = "lung_mask";

// How blocks were removed, and where under a method its deletion stands.
struct Setting {
  std::string fill;
  std::string title;  // "blur, 16 × 16"
  std::string path;   // "blocks.blur_16.deletion"
};

std::string judge_of(const json& result) {
  return text_or(result, "explanation_setup.judge", "the model itself");
}

std::string first_of(const json& result) {
  return text_or(result, "explanation_setup.difference_of", "the first method");
}

// The headline comes first.
std::vector<Setting> settings_of(const json& result) {
  std::vector<Setting> settings;
  for (const auto& block : member_at(result, "explanation_setup.blocks")) {
    const auto fill = text_of(block, "fill");
    const auto name = text_of(block, "name");
    const auto side = count_text(member(block, "grid"));
    if (fill.empty() || name.empty()) continue;
    settings.push_back({fill, fill + ", " + side + " × " + side, "blocks." + name + ".deletion"});
  }
  if (!settings.empty()) return settings;
  const auto fill = text_or(result, "explanation_setup.options.explain-imputation", "blur");
  return {{fill, fill + ", 16 × 16", "deletion"}};
}

// The methods in the contract's order, so that ours stands first and the baselines last.
std::vector<std::string> methods_of(const json& result) {
  std::vector<std::string> methods;
  for (const auto& name : enum_names<explain::Method>()) {
    const auto& figures = member_at(result, "explanation." + name);
    if (figures.is_object() && figures.contains("deletion")) methods.push_back(name);
  }
  return methods;
}

std::string title_of(const json& result, const std::string& method) {
  const auto& level = member_at(result, "explanation_setup.layer_cam.level");
  if (method != "layer_cam" || !level.is_number_integer()) return method;
  return method + ", level " + count_text(level);
}

std::vector<std::string> deletion_header(const json& result) {
  std::vector<std::string> header;
  for (const auto& setting : settings_of(result))
    header.push_back("deletion (" + setting.title + ", by " + judge_of(result) + ")");
  return header;
}

std::string deletion_table(const json& result) {
  MarkdownTable table{.header = {"method"}, .rows = {}};
  for (auto& title : deletion_header(result)) table.header.push_back(std::move(title));
  table.header.insert(table.header.end(), {"images", "dead maps"});
  for (const auto& method : methods_of(result)) {
    std::vector<std::string> row{title_of(result, method)};
    for (const auto& setting : settings_of(result))
      row.push_back(figure_at(result, "explanation." + method + "." + setting.path));
    const auto& figures = member_at(result, "explanation." + method);
    row.push_back(count_text(member(figures, "n")));
    row.push_back(count_text(member(figures, "n_dead")));
    table.rows.push_back(std::move(row));
  }
  return format_markdown(table);
}

std::string other_table(const json& result) {
  const auto judge = judge_of(result);
  const auto headline = settings_of(result).front();
  MarkdownTable table{.header = {"method", "insertion (" + headline.title + ", by " + judge + ")",
                                 "AOPPC (threshold, zero, by " + judge + ")",
                                 "p, all removed (" + headline.fill + ", by " + judge + ")",
                                 "p, all black (by " + judge + ")", "heat inside lungs"},
                      .rows = {}};
  for (const auto& method : methods_of(result)) {
    const std::string path = "explanation." + method;
    table.rows.push_back(
        {title_of(result, method), figure_at(result, path + ".insertion"),
         figure_at(result, path + ".aoppc_threshold"), figure_at(result, path + ".p_full_removal"),
         figure_at(result, path + ".p_black"), figure_at(result, path + ".inside_lung")});
  }
  return format_markdown(table);
}

// Of one method minus each other one, image by image; nothing where it stands alone.
std::string difference_table(const json& result) {
  const auto headline = settings_of(result).front();
  MarkdownTable table{.header = {"minus"}, .rows = {}};
  for (auto& title : deletion_header(result)) table.header.push_back(std::move(title));
  table.header.insert(
      table.header.end(),
      {"insertion (" + headline.title + ", by " + judge_of(result) + ")", "heat inside lungs"});
  for (const auto& method : methods_of(result)) {
    const std::string path = "explanation." + method + ".difference";
    if (!member_at(result, path).is_object()) continue;
    std::vector<std::string> row{title_of(result, method)};
    for (const auto& setting : settings_of(result))
      row.push_back(figure_at(result, path + "." + setting.path));
    row.push_back(figure_at(result, path + ".insertion"));
    row.push_back(figure_at(result, path + ".inside_lung"));
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) return "";
  return "The same image by image, " + first_of(result) +
         " minus each other method; better where the whole interval is above 0.\n\n" +
         format_markdown(table);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

// The interval of the first method minus `method`; none where either end is missing.
std::optional<metrics::Interval> bounds_against(const json& result, const std::string& method,
                                                const Setting& setting) {
  const auto& bounds =
      member_at(result, "intervals.explanation." + method + ".difference." + setting.path);
  if (!bounds.is_array() || bounds.size() != 2) return std::nullopt;
  const auto low = number_of(bounds[0]);
  const auto high = number_of(bounds[1]);
  if (!low || !high) return std::nullopt;
  return metrics::Interval{.low = *low, .high = *high};
}

// What share of the lead over Grad-CAM the outline of the lungs has as well, where there is a lead.
std::optional<double> share_of_outline(const json& result, const Setting& setting) {
  const auto value = [&](const std::string& method) {
    return number_of(member_at(result, "explanation." + method + "." + setting.path));
  };
  const auto ours = value(kOurs);
  const auto rival = value(kRival);
  const auto outline = value(kOutline);
  const auto bounds = bounds_against(result, kRival, setting);
  if (!ours || !rival || !outline || !bounds || bounds->low <= 0.0) return std::nullopt;
  return (*outline - *rival) / (*ours - *rival);
}

std::string verdict_under(const json& result, const Setting& setting) {
  std::vector<std::string> better;
  std::vector<std::string> level;
  std::vector<std::string> worse;
  for (const auto& method : methods_of(result)) {
    const auto bounds = bounds_against(result, method, setting);
    if (!bounds) continue;
    (bounds->low > 0.0 ? better : bounds->high < 0.0 ? worse : level).push_back(method);
  }
  std::string text;
  const auto add = [&](const char* verb, const std::vector<std::string>& names) {
    if (!names.empty()) text += (text.empty() ? "" : "; ") + std::string(verb) + listed(names);
  };
  add("beats ", better);
  add("ties with ", level);
  add("loses to ", worse);
  if (text.empty()) return "";
  if (const auto share = share_of_outline(result, setting)) {
    text += ". Of its lead over " + std::string(kRival) + " the lungs' outline alone has " +
            percent(*share);
  }
  return "- " + setting.title + ": " + text + ".\n";
}

std::string verdicts(const json& result) {
  if (first_of(result) != kOurs) return "";
  std::string lines;
  for (const auto& setting : settings_of(result)) lines += verdict_under(result, setting);
  return lines.empty() ? ""
                       : "In deletion, by the intervals, the representation\n\n" + lines + "\n";
}

std::string how_layer_cam(const json& result) {
  const auto& chosen = member_at(result, "explanation_setup.layer_cam.chosen_on");
  const auto side = text_of(chosen, "side");
  if (side.empty()) return "";
  return "LayerCAM stands at its best level by deletion on " + count_text(member(chosen, "n")) +
         " images of the side `" + side + "`, which is not measured here.\n\n";
}

// What should stand beside the shipped map and does not.
std::vector<std::string> missing(const json& result) {
  std::vector<std::string> lacks;
  for (const auto method : pipeline::kEvidence) {
    const std::string name(to_string(method));
    if (!member_at(result, "explanation." + name).is_object()) lacks.push_back(name);
  }
  const auto settings = settings_of(result);
  for (const char* fill : {"blur", "zero"}) {
    const auto grids = std::count_if(settings.begin(), settings.end(),
                                     [&](const auto& setting) { return setting.fill == fill; });
    if (grids < 2) lacks.push_back(std::string(fill) + " on two grids");
  }
  if (how_layer_cam(result).empty()) lacks.emplace_back("LayerCAM's best level");
  return lacks;
}

}  // namespace

std::string format_explanation_evidence(const json& result) {
  const auto methods = methods_of(result);
  if (methods.empty()) return "";
  std::string text = "Explanations, asked about " +
                     text_or(result, "explanation_setup.class", "each image's true label") +
                     ", judged by " + judge_of(result) +
                     ". Higher is better. Brackets name fill, grid and judge; the terms are those "
                     "of docs/glossary.md.\n\n" +
                     deletion_table(result) + how_layer_cam(result) + other_table(result) +
                     difference_table(result) + verdicts(result);
  const bool ours = std::find(methods.begin(), methods.end(), kOurs) != methods.end();
  const auto lacks = ours ? missing(result) : std::vector<std::string>();
  if (!lacks.empty()) {
    text += "Not measured beside the representation: " + listed(lacks) +
            ". `cxrnet evaluate --explain evidence --layer-cam-side train` measures all of it.\n\n";
  }
  return text;
}

}  // namespace cxrnet::report
