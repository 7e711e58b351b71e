#include "study/methods.h"

#include <algorithm>
#include <set>
#include <string>

#include "cxrnet/metrics/paper_figures.h"
#include "page/class_names.h"
#include "page/table.h"
#include "study/names.h"

namespace cxrnet::report {
namespace {

// Fill, grid and judge stand over every figure. AOPPC of the blocks is left out: it differs from
// deletion by what is the same for every map (docs/glossary.md).
const std::vector<EstimateColumn>& measures_by_itself() {
  static const std::vector<EstimateColumn> kMeasures{
      {"deletion", "Deletion (blur, 16 × 16, by itself)"},
      {"insertion", "Insertion (blur, 16 × 16, by itself)"},
      {"aoppc_block_normalised", "AOPPC, normalised (blur, 16 × 16, by itself)"},
      {"aoppc_rank", "AOPPC (rank, zero, by itself)"},
      {"aoppc_threshold", "AOPPC (threshold, zero, by itself)"},
      {"p_full_removal", "p, all removed (blur, by itself)"},
      {"p_black", "p, all black (by itself)"},
      {"inside_lung", "Heat inside lungs"}};
  return kMeasures;
}

const std::vector<EstimateColumn>& measures_by_the_judge() {
  static const std::vector<EstimateColumn> kMeasures{
      {"deletion", "Deletion (blur, 16 × 16, by the judge)"},
      {"insertion", "Insertion (blur, 16 × 16, by the judge)"},
      {"aoppc_block_normalised", "AOPPC, normalised (blur, 16 × 16, by the judge)"},
      {"aoppc_rank", "AOPPC (rank, zero, by the judge)"},
      {"aoppc_threshold", "AOPPC (threshold, zero, by the judge)"},
      {"p_full_removal", "p, all removed (blur, by the judge)"},
      {"p_black", "p, all black (by the judge)"},
      {"inside_lung", "Heat inside lungs"}};
  return kMeasures;
}

bool is_ours(const std::string& method) {
  return method == "selection" || method == "representation";
}

// A map of the selecting model that is not its own map.
bool is_of_selecting_model(const Json& entry) {
  return text_of(entry, "model") == "selection" && method_of(entry) != "selection";
}

// Ours first, baselines last; behind them in the same order the maps of the selecting model.
std::vector<Json> in_order(std::vector<Json> entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const Json& a, const Json& b) {
    return std::pair(is_of_selecting_model(a), method_rank(method_of(a))) <
           std::pair(is_of_selecting_model(b), method_rank(method_of(b)));
  });
  return entries;
}

// The paper's AOPPC stands beside ours for its own class and model alone.
std::optional<double> paper_value(const Json& entry) {
  const bool other = text_of(entry, "label") != "covid19" || text_of(entry, "model") == "selection";
  return other ? std::nullopt : metrics::paper_aoppc(text_of(entry, "method"));
}

// What a table shows of each method.
struct Layout {
  std::vector<EstimateColumn> columns;
  bool with_paper = false;
  bool with_dead = false;     ///< how many maps were the same everywhere
  EstimateColumn speed = {};  ///< no speed when its key is empty
};

bool counts_dead(const std::vector<Json>& entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const Json& entry) { return !member(entry, "n_dead").is_null(); });
}

Layout layout_of(const std::vector<Json>& entries, bool with_paper) {
  Layout layout{
      .columns = occurring(with_paper ? measures_by_itself() : measures_by_the_judge(), entries)};
  layout.with_paper =
      with_paper && std::any_of(entries.begin(), entries.end(),
                                [](const Json& entry) { return paper_value(entry).has_value(); });
  layout.with_dead = counts_dead(entries);
  const auto speeds =
      occurring({{"maps_per_second", "Maps/s"}, {"images_per_second", "Images/s"}}, entries);
  if (!speeds.empty()) layout.speed = speeds.front();
  return layout;
}

Html header_of(const Layout& layout) {
  Html header = concat(header_cell({"Method"}), header_cell({"Images", true}));
  if (layout.with_dead) header.append(header_cell({"Dead maps", true}));
  for (const auto& column : layout.columns) {
    header.append(header_cell({column.title, true}));
    if (layout.with_paper && column.key == "aoppc_threshold") {
      header.append(header_cell({"Paper", true}));
    }
  }
  if (!layout.speed.key.empty()) header.append(header_cell({layout.speed.title, true}));
  return element("tr", {}, header);
}

// Many rows may lack a figure for one reason, which stands once below the table.
bool is_undefined(const Json& entry, std::string_view key) {
  return !member(entry, key).is_null() && !estimate_of(entry, key).value;
}

Html measure_cell(const Json& entry, std::string_view key) {
  if (!is_undefined(entry, key)) return estimate_cell(entry, key);
  return number_cell(element("span", {{"class", "undefined"}}, "undefined"));
}

Html reasons(const std::vector<Json>& entries, const Layout& layout) {
  std::set<std::string> texts;
  for (const auto& entry : entries) {
    for (const auto& column : layout.columns) {
      if (is_undefined(entry, column.key)) {
        texts.insert(std::string(column.title) + ": " + estimate_of(entry, column.key).undefined);
      }
    }
  }
  Html notes;
  for (const auto& text : texts) notes.append(note("Undefined, " + text + "."));
  return notes;
}

Html method_row(const Json& entry, const Layout& layout) {
  const std::string method = method_of(entry);
  Html cells = concat(row_header(method_name(method)), plain_cell(entry, "n"));
  if (layout.with_dead) cells.append(plain_cell(entry, "n_dead"));
  for (const auto& column : layout.columns) {
    cells.append(measure_cell(entry, column.key));
    if (layout.with_paper && column.key == "aoppc_threshold") {
      cells.append(paper_cell(paper_value(entry)));
    }
  }
  if (!layout.speed.key.empty()) cells.append(plain_cell(entry, layout.speed.key, 1));
  return element("tr", {{"class", is_ours(method) ? "ours" : "other"}}, cells);
}

Html group_row(const Layout& layout) {
  const std::size_t columns = 2 + layout.columns.size() + (layout.with_dead ? 1 : 0) +
                              (layout.with_paper ? 1 : 0) + (layout.speed.key.empty() ? 0 : 1);
  return element("tr", {{"class", "group"}},
                 element("th", {{"scope", "rowgroup"}, {"colspan", std::to_string(columns)}},
                         "Other maps of the selecting model, which explain its answer"));
}

Html method_rows(const std::vector<Json>& entries, const Layout& layout) {
  Html rows;
  bool grouped = false;
  for (const auto& entry : entries) {
    if (is_of_selecting_model(entry) && !grouped) {
      rows.append(group_row(layout));
      grouped = true;
    }
    rows.append(method_row(entry, layout));
  }
  return rows;
}

Html methods_table(const std::string& caption, const std::vector<Json>& entries, bool with_paper) {
  const Layout layout = layout_of(entries, with_paper);
  return element("div", {{"class", "wide"}},
                 concat(table(caption, header_of(layout), method_rows(entries, layout)),
                        reasons(entries, layout)));
}

std::vector<Json> of_label(const Json& methods, std::string_view label) {
  std::vector<Json> entries;
  std::copy_if(methods.begin(), methods.end(), std::back_inserter(entries),
               [&](const Json& entry) { return text_of(entry, "label") == label; });
  return in_order(std::move(entries));
}

// All classes together first, then the paper's class.
std::vector<std::string> labels_of(const Json& methods) {
  std::vector<std::string> labels;
  for (const auto& entry : methods) {
    const std::string label = text_of(entry, "label");
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  }
  const auto rank = [](const std::string& label) {
    return label == "all" ? 0 : label == "covid19" ? 1 : 2;
  };
  std::stable_sort(labels.begin(), labels.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return labels;
}

}  // namespace

Html methods_tables(const Json& methods, bool with_paper) {
  Html tables;
  for (const auto& label : labels_of(methods)) {
    const bool open = label == "all" || label == "covid19" || label.empty();
    const std::string name(label == "all" ? "All classes" : display_name(label));
    const Html one = methods_table(name, of_label(methods, label), with_paper);
    tables.append(
        open ? one : element("details", {}, element("summary", {}, name, ": the same table"), one));
  }
  return tables;
}

Html lesion_table(const Json& methods) {
  if (methods.empty()) return {};
  const auto entries = in_order({methods.begin(), methods.end()});
  const Layout layout{.columns = occurring({{"pointing_game", "Pointing game"},
                                            {"iou", "IoU with the lesions"},
                                            {"inside_lesion", "Heat inside lesions"},
                                            {"inside_lung", "Heat inside lungs"}},
                                           entries),
                      .with_dead = counts_dead(entries)};
  return concat(table("How much of the heat meets the lesions", header_of(layout),
                      method_rows(entries, layout)),
                reasons(entries, layout));
}

}  // namespace cxrnet::report
