// Beyond the paper: the independent judge, the audit of the maps, the ablations.
#include "page/class_names.h"
#include "page/number_text.h"
#include "page/table.h"
#include "study/methods.h"
#include "study/names.h"
#include "study/parts.h"
#include "study/pictures.h"

namespace cxrnet::report {
namespace {

Html paired_table(const Json& paired) {
  if (paired.empty()) return {};
  Html rows;
  for (const auto& row : paired) {
    const std::string label = text_of(row, "label");
    rows.append(element("tr", {},
                        row_header(method_name(text_of(row, "method")), " − ",
                                   method_name(text_of(row, "against"))),
                        cell(label == "all" ? "All classes" : display_name(label)),
                        estimate_cell(row, "deletion"), estimate_cell(row, "insertion")));
  }
  return element("details", {}, element("summary", {}, "All differences, class by class"),
                 table("Paired differences: ours minus the other, on the same images",
                       {{"Methods"},
                        {"Class"},
                        {"Deletion (blur, 16 × 16, by the judge)", true},
                        {"Insertion (blur, 16 × 16, by the judge)", true}},
                       rows));
}

Html mask_readout(const Json& readout) {
  if (readout.is_null()) return {};
  const auto chance = number_of(readout, "chance");
  const Html by_chance = number_cell(chance ? figure_text(*chance) : "–");
  Html rows = element("tr", {}, row_header("A reader that sees the selection alone"),
                      estimate_cell(readout, "accuracy"), by_chance);
  if (!member(readout, "lung_outline_accuracy").is_null()) {
    rows.append(element("tr", {}, row_header("The same, seeing the outline of the lungs"),
                        estimate_cell(readout, "lung_outline_accuracy"), by_chance));
  }
  return concat(sub_heading("Is the class readable from the selection's shape?"),
                element("p", {},
                        "A selection may encode the answer in its shape instead of showing where "
                        "the evidence is. Then a reader that sees the shape and not the X-ray "
                        "names the network's answer, and high scores above are worth nothing. The "
                        "nearer to chance, the better. The reader is fitted to other patients than "
                        "it is asked about, and sees the selection for one class whatever the "
                        "answer is."),
                narrow(table("Reading the network's answer from the selection alone",
                             {{"Reader"}, {"Accuracy", true}, {"Chance", true}}, rows)));
}

Html mean_maps(const StudyView& view, const Json& maps) {
  if (maps.empty()) return {};
  Html figures;
  for (const auto& stored : maps) {
    const std::string label = text_of(stored, "label");
    const std::string method = text_of(stored, "method");
    figures.append(element("figure", {},
                           study_picture(view.folder, text_of(stored, "picture"),
                                         "Mean heat map, " + std::string(display_name(label))),
                           element("figcaption", {}, class_short_name(label),
                                   method.empty() ? "" : ", " + method_name(method))));
  }
  return concat(sub_heading("Mean map of each class"),
                element("p", {},
                        "A mean map that is one sharp spot, the same for every patient, is a code "
                        "and not an explanation."),
                element("div", {{"class", "strip means"}}, figures));
}

Html sanity(const StudyView& view, const Json& curves) {
  if (curves.empty()) return {};
  return concat(
      sub_heading("Does the map depend on what was learnt?"),
      study_figure(
          view.folder, "sanity",
          "Curves: similarity of the heat map to the trained model's as layers are randomised",
          concat("The weights are randomised layer by layer, from the output down (Adebayo et al. "
                 "2018). A map that stays "
                 "the same does not show what the network learnt.")));
}

Html agreement(const Json& rows) {
  if (rows.empty()) return {};
  Html cells;
  for (const auto& row : rows) {
    cells.append(element("tr", {}, row_header(method_name(text_of(row, "method"))),
                         cell(text_of(row, "runs")), plain_cell(row, "n"),
                         estimate_cell(row, "rank_correlation")));
  }
  return concat(
      sub_heading("Do two runs agree?"),
      narrow(table("Rank correlation of the heat maps of two runs",
                   {{"Method"}, {"Runs"}, {"Images", true}, {"Rank correlation", true}}, cells)));
}

std::string models_text(const Json& models) {
  std::string text;
  for (const auto& model : models) {
    text += text.empty() ? "Accuracy of the explained models: " : ", ";
    text += text_of(model, "model") + " " + estimate_text(estimate_of(model, "accuracy"));
  }
  return text.empty() ? text : text + ".";
}

Html judged_selection(const StudyView& view, const Json& section) {
  if (!compares_selecting_model(items(section, "methods"))) return {};
  return study_figure(view.folder, "judge_block_selection",
                      "Probability perturbation curves of the selecting model's maps, by the judge",
                      concat("The same for the maps of the selecting model."));
}

}  // namespace

Html judge_section(const StudyView& view) {
  return study_section(view, "judge", [&](const Json& section) {
    const auto accuracy = estimate_of(section, "accuracy");
    return concat(
        element("p", {}, "The judge is another network (",
                encoder_name(text_of(section, "architecture")),
                "), trained with random removal and never with a decoder, so that it cannot have "
                "agreed on a code with the maps that it "
                "judges (Jethani et al. 2021). Its own accuracy: ",
                estimate_text(accuracy), ". ", models_text(items(section, "models"))),
        study_figure(view.folder, "judge_paired",
                     "Dots with intervals: difference between our methods and the others",
                     concat("Paired differences on the same images, all classes; each against "
                            "another map of the same model. Right of zero "
                            "ours is better; an open ring: the 95 % interval holds "
                            "zero, no difference shown.")),
        paired_table(items(section, "paired")),
        study_figure(view.folder, "judge_block",
                     "Probability perturbation curves by the independent judge",
                     concat("The curves of Fig. 13 in the block form, by the judge.")),
        judged_selection(view, section), methods_tables(items(section, "methods"), false));
  });
}

Html audit_section(const StudyView& view) {
  return study_section(view, "audit", [&](const Json& section) {
    return concat(mask_readout(member(section, "mask_readout")),
                  mean_maps(view, items(section, "mean_maps")),
                  sanity(view, items(section, "sanity")), agreement(items(section, "agreement")));
  });
}

Html ablations_section(const StudyView& view) {
  return study_section(view, "ablations", [](const Json& section) {
    const std::vector<Json> entries(section.begin(), section.end());
    const auto columns = occurring({{"accuracy", "Accuracy"},
                                    {"aoppc_block", "AOPPC (blur, 16 × 16, by itself)"},
                                    {"deletion", "Deletion (blur, 16 × 16, by the judge)"},
                                    {"insertion", "Insertion (blur, 16 × 16, by the judge)"},
                                    {"inside_lung", "Heat inside lungs"},
                                    {"iou", "Lung IoU"}},
                                   entries);
    const bool with_checkerboard = !occurring({{"checkerboard", ""}}, entries).empty();
    const bool with_heat = !occurring({{"mean_heat", ""}}, entries).empty();
    Html header = header_cell({"Change"});
    for (const auto& column : columns) header.append(header_cell({column.title, true}));
    if (with_heat) header.append(header_cell({"Mean heat", true}));
    if (with_checkerboard) header.append(header_cell({"Checkerboard energy", true}));
    Html rows;
    for (const auto& entry : entries) {
      std::string title = text_of(entry, "title");
      if (title.empty()) title = text_of(entry, "name");
      Html cells = row_header(title);
      for (const auto& column : columns) cells.append(estimate_cell(entry, column.key));
      if (with_heat) cells.append(plain_cell(entry, "mean_heat", 2));
      if (with_checkerboard) cells.append(plain_cell(entry, "checkerboard", 4));
      rows.append(element("tr", {}, cells));
    }
    return concat(table("One change at a time", element("tr", {}, header), rows),
                  note("Checkerboard energy: how much of the representation image is the grid of "
                       "upsampling; 0 is best."));
  });
}

}  // namespace cxrnet::report
