// Fig. 12, 13 and 14: what the heat maps look like, and what they are worth.
#include <algorithm>
#include <array>

#include "class_names.h"
#include "number_text.h"
#include "paper_figures.h"
#include "study_names.h"
#include "study_parts.h"
#include "study_pictures.h"
#include "table.h"

namespace cxrnet::report {
namespace {

const std::vector<EstimateColumn>& measures() {
  static const std::vector<EstimateColumn> kMeasures{
      {"deletion", "Deletion"},
      {"insertion", "Insertion"},
      {"aoppc_block", "AOPPC, blocks"},
      {"aoppc_block_normalised", "AOPPC, blocks, normalised"},
      {"aoppc_rank", "AOPPC, ranked pixels"},
      {"aoppc_threshold", "AOPPC, threshold"},
      {"p_full_removal", "p, all removed"},
      {"inside_lung", "Heat inside lungs"}};
  return kMeasures;
}

bool is_ours(const std::string& method) {
  return method == "selection" || method == "representation";
}

// The paper's AOPPC stands beside ours for its own class and model alone.
std::optional<double> paper_value(const Json& entry) {
  if (text_of(entry, "label") != "covid19" || text_of(entry, "model") == "selection")
    return std::nullopt;
  return paper_aoppc(text_of(entry, "method"));
}

Html method_row(const Json& entry, const std::vector<EstimateColumn>& columns, bool with_paper,
                bool with_speed) {
  Html cells = concat(row_header(method_title(entry)), plain_cell(entry, "n"));
  for (const auto& column : columns) {
    cells.append(estimate_cell(entry, column.key));
    if (with_paper && column.key == "aoppc_threshold") cells.append(paper_cell(paper_value(entry)));
  }
  if (with_speed) cells.append(plain_cell(entry, "images_per_second", 1));
  return element("tr", {{"class", is_ours(method_of(entry)) ? "ours" : "other"}}, cells);
}

// Deletion is the AOPPC of the block form by definition; where the study holds both and they are
// equal, one column shows them.
std::vector<EstimateColumn> distinct_measures(const std::vector<Json>& entries) {
  auto columns = occurring(measures(), entries);
  const bool same = std::all_of(entries.begin(), entries.end(), [](const Json& entry) {
    return estimate_of(entry, "deletion").value == estimate_of(entry, "aoppc_block").value;
  });
  if (!same) return columns;
  const auto dropped =
      std::erase_if(columns, [](const auto& column) { return column.key == "aoppc_block"; });
  for (auto& column : columns) {
    if (dropped > 0 && column.key == "deletion") column.title = "Deletion (AOPPC, blocks)";
  }
  return columns;
}

Html methods_table(const std::string& caption, const std::vector<Json>& entries, bool with_paper) {
  const auto columns = distinct_measures(entries);
  with_paper = with_paper && std::any_of(entries.begin(), entries.end(), [](const Json& entry) {
                 return paper_value(entry).has_value();
               });
  const bool with_speed = !occurring({{"images_per_second", ""}}, entries).empty();
  Html header = concat(header_cell({"Method"}), header_cell({"Images", true}));
  for (const auto& column : columns) {
    header.append(header_cell({column.title, true}));
    if (with_paper && column.key == "aoppc_threshold") header.append(header_cell({"Paper", true}));
  }
  if (with_speed) header.append(header_cell({"Images/s", true}));
  Html rows;
  for (const auto& entry : entries) rows.append(method_row(entry, columns, with_paper, with_speed));
  return element("div", {{"class", "wide"}}, table(caption, element("tr", {}, header), rows));
}

std::vector<Json> of_label(const Json& methods, std::string_view label) {
  std::vector<Json> entries;
  for (const auto& entry : methods) {
    if (text_of(entry, "label") == label) entries.push_back(entry);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Json& a, const Json& b) {
    return method_rank(method_of(a)) < method_rank(method_of(b));
  });
  return entries;
}

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

Html fill_text(const Json& fill) {
  if (fill.is_string()) return concat("Fill: ", text_of(fill), ".");
  if (!fill.is_object() || fill.empty()) return {};
  std::string text;
  for (const auto& [form, how] : fill.items())
    text += (text.empty() ? "" : ", ") + form + ": " + text_of(how);
  return concat("Fill of what is removed: ", text, ".");
}

Html curve_figure(const StudyView& view, std::string_view name, std::string_view caption) {
  return study_figure(view.folder, name, "Probability perturbation curves, one line per method",
                      concat(caption));
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

Html gallery(std::string_view caption, const std::vector<std::string>& titles,
             const std::vector<std::vector<Html>>& rows) {
  Html header;
  for (const auto& title : titles) header.append(header_cell({title}));
  Html body;
  for (const auto& row : rows) {
    Html cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells.append(i == 0 ? row_header(row[i]) : cell(row[i]));
    body.append(element("tr", {}, cells));
  }
  return element("div", {{"class", "gallery"}}, table(caption, element("tr", {}, header), body));
}

Html fig12_section(const StudyView& view) {
  return study_section(view, "fig12", [&](const Json& section) {
    std::vector<std::string> titles{"Image", "X-ray"};
    for (const auto& method : items(section, "methods"))
      titles.push_back(method_name(text_of(method)));
    std::vector<std::vector<Html>> rows;
    for (const auto& stored : items(section, "rows")) {
      const std::string label = text_of(stored, "label");
      std::vector<Html> row{
          concat(class_short_name(label), element("small", {}, text_of(stored, "image_id"))),
          study_picture(view.folder, text_of(stored, "input"),
                        "X-ray, " + std::string(display_name(label)))};
      for (const auto& method : items(section, "methods")) {
        row.push_back(study_picture(view.folder, text_of(member(stored, "maps"), text_of(method)),
                                    "Heat map by " + method_name(text_of(method)) + ", " +
                                        std::string(display_name(label))));
      }
      rows.push_back(std::move(row));
    }
    return concat(
        gallery("Heat maps of the class that the image has: bright is what the answer rests on",
                titles, rows),
        note("The paper compares saliency map, Grad-CAM and its representation image, and calls "
             "its own sharper. "
             "Sharp is not the same as true: the sections below measure what removing the bright "
             "parts does."));
  });
}

Html fig13_section(const StudyView& view) {
  return study_section(view, "fig13", [&](const Json& section) {
    const std::string judge = text_of(section, "judged_by");
    const auto& methods = items(section, "methods");
    return concat(element("p", {},
                          "The parts that a heat map calls important are removed step by step; the "
                          "faster the probability of the class "
                          "falls, the better the map. AOPPC, eq. (12), is the mean fall; higher is "
                          "better, and random order is the "
                          "bar to clear. When everything is removed all methods meet: where that "
                          "probability p is still high, the "
                          "class is also the network's answer to an empty image, and no order of "
                          "removal can show anything. ",
                          judge.empty() ? "" : "Judged by " + judge + ". ",
                          fill_text(member(section, "fill"))),
                  sub_heading("Headline: equal blocks, blurred"),
                  curve_figure(view, "fig13_block",
                               "Blocks of a 16 × 16 grid, by mean heat, are replaced by their "
                               "blurred surroundings: every method removes "
                               "the same area at each step, and the image stays an image."),
                  sub_heading("The paper's form: threshold, pixels set to zero"),
                  curve_figure(view, "fig13_threshold",
                               "At level x all pixels with heat of 1 − x or more are set to zero "
                               "(eq. 12). Maps that are bright everywhere remove "
                               "more area at each level and gain by it."),
                  sub_heading("Ranked pixels, set to zero"),
                  curve_figure(view, "fig13_rank",
                               "The brightest x of the pixels are set to zero: equal area, but "
                               "scattered black pixels are noise that breaks a network anyhow."),
                  methods_tables(methods, true),
                  note("Deletion: mean fall of p over the block curve; insertion: area under the "
                       "curve as blocks are put back on the blurred image, "
                       "most relevant first; both: higher is better. Normalised: divided by p(0) − "
                       "p(all removed). The paper's AOPPC is for COVID-19 in the threshold form."));
  });
}

namespace {

// The methods whose maps any row shows.
std::vector<std::string> mapped_methods(const Json& rows) {
  std::vector<std::string> methods;
  for (const auto& stored : rows) {
    const auto& maps = member(stored, "maps");
    if (!maps.is_object()) continue;
    for (const auto& map : maps.items()) {
      if (std::find(methods.begin(), methods.end(), map.key()) == methods.end()) {
        methods.push_back(map.key());
      }
    }
  }
  std::stable_sort(methods.begin(), methods.end(),
                   [](const auto& a, const auto& b) { return method_rank(a) < method_rank(b); });
  return methods;
}

Html lesion_gallery(const StudyView& view, const Json& stored_rows) {
  if (stored_rows.empty()) return {};
  const auto methods = mapped_methods(stored_rows);
  std::vector<std::string> titles{"Image", "Annotated lesions"};
  for (const auto& method : methods) titles.push_back(method_name(method));
  std::vector<std::vector<Html>> rows;
  for (const auto& stored : stored_rows) {
    std::vector<Html> row{concat(text_of(stored, "image_id")),
                          study_picture(view.folder, text_of(stored, "annotated"),
                                        "X-ray with the lesions that radiologists drew")};
    for (const auto& method : methods) {
      row.push_back(study_picture(view.folder, text_of(member(stored, "maps"), method),
                                  "Heat map by " + method_name(method)));
    }
    rows.push_back(std::move(row));
  }
  return gallery("COVID-19: lesions drawn by radiologists beside the heat maps", titles, rows);
}

Html lesion_table(const Json& methods) {
  if (methods.empty()) return {};
  std::vector<Json> entries(methods.begin(), methods.end());
  std::stable_sort(entries.begin(), entries.end(), [](const Json& a, const Json& b) {
    return method_rank(method_of(a)) < method_rank(method_of(b));
  });
  const auto columns = occurring({{"pointing_game", "Pointing game"},
                                  {"iou", "IoU with the lesions"},
                                  {"inside_lesion", "Heat inside lesions"},
                                  {"inside_lung", "Heat inside lungs"}},
                                 entries);
  Html header = concat(header_cell({"Method"}), header_cell({"Images", true}));
  for (const auto& column : columns) header.append(header_cell({column.title, true}));
  Html rows;
  for (const auto& entry : entries) rows.append(method_row(entry, columns, false, false));
  return table("How much of the heat meets the lesions", element("tr", {}, header), rows);
}

}  // namespace

Html fig14_section(const StudyView& view) {
  return study_section(view, "fig14", [&](const Json& section) {
    return concat(
        lesion_gallery(view, items(section, "rows")), lesion_table(items(section, "methods")),
        note("The paper shows two images and says that all lesions are highlighted; it gives no "
             "figure. Pointing game: share of images whose brightest pixel lies inside a lesion."));
  });
}

}  // namespace cxrnet::report
