// Fig. 12, 13 and 14: what the heat maps look like, and what they are worth.
#include <algorithm>
#include <array>

#include "page/class_names.h"
#include "page/number_text.h"
#include "page/table.h"
#include "study/methods.h"
#include "study/names.h"
#include "study/parts.h"
#include "study/pictures.h"

namespace cxrnet::report {
namespace {

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

Html selecting_figure(const StudyView& view, const Json& methods) {
  if (!compares_selecting_model(methods)) return {};
  return curve_figure(view, "fig13_block_selection",
                      "The same for the selecting model: its own map, the selection, against other "
                      "maps that explain the same answers.");
}

}  // namespace

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
                  selecting_figure(view, methods),
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
                       "p(all removed). The paper's AOPPC is for COVID-19 in the threshold form. "
                       "The terms are those of docs/glossary.md."));
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

Html lesion_note(const Json& section) {
  const std::string tolerance = text_of(section, "tolerance_px");
  const auto share = estimate_of(section, "lesion_share").value;
  std::string text = text_of(section, "note");
  if (!text.empty()) text += ". ";
  text +=
      "The paper shows two images and says that all lesions are highlighted; it gives no figure. "
      "Pointing game: share of images whose brightest pixel lies inside a lesion";
  if (!tolerance.empty()) text += " or within " + tolerance + " pixels of one";
  text += ". IoU: of the brightest pixels, as many as the lesions have.";
  const auto left_out = items(section, "left_out").size();
  if (left_out > 0)
    text += " " + std::to_string(left_out) + " annotated images were refused and are left out.";
  if (share)
    text += " Lesions cover " + percent(*share) +
            " of the image on average: a random point hits one that often.";
  return note(text);
}

}  // namespace

Html fig14_section(const StudyView& view) {
  return study_section(view, "fig14", [&](const Json& section) {
    return concat(lesion_gallery(view, items(section, "rows")),
                  lesion_table(items(section, "methods")), lesion_note(section));
  });
}

}  // namespace cxrnet::report
