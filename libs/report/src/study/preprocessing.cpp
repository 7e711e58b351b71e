// Fig. 3 and 7: what is done to the X-rays, and what the segmenter learns from.
#include "page/class_names.h"
#include "page/number_text.h"
#include "page/table.h"
#include "study/names.h"
#include "study/parts.h"
#include "study/pictures.h"

namespace cxrnet::report {
namespace {

Html image_name(const Json& stored) {
  return concat(class_short_name(text_of(stored, "label")),
                element("small", {}, text_of(stored, "image_id")));
}

Html enhanced_gallery(const StudyView& view, const Json& section) {
  std::vector<std::vector<Html>> rows;
  for (const auto& stored : items(section, "rows")) {
    const std::string what = "X-ray, " + std::string(display_name(text_of(stored, "label")));
    rows.push_back({image_name(stored),
                    study_picture(view.folder, text_of(stored, "before"), what + ", before CLAHE"),
                    study_picture(view.folder, text_of(stored, "after"), what + ", after CLAHE")});
  }
  if (rows.empty()) return {};
  return gallery("X-rays as the networks see whole images, without CLAHE and with it",
                 {"Image", "Before CLAHE", "After CLAHE"}, rows);
}

Html annotated_picture(const StudyView& view, const Json& stored) {
  const std::string label = text_of(stored, "label");
  const auto share = number_of(stored, "lung_share");
  return element(
      "figure", {},
      study_picture(view.folder, text_of(stored, "picture"),
                    "X-ray, " + std::string(display_name(label)) + ", with its annotated lungs"),
      element("figcaption", {}, class_short_name(label),
              share ? ", lungs " + percent(*share) + " of the image" : std::string()));
}

Html mask_table(const Json& section) {
  Html rows;
  for (const auto& row : items(section, "masks")) {
    rows.append(element("tr", {}, row_header(class_name(text_of(row, "label"))),
                        plain_cell(row, "train"), plain_cell(row, "test"),
                        estimate_cell(row, "lung_share")));
  }
  return rows.empty() ? rows
                      : narrow(table("Images with annotated lungs",
                                     {{"Class"},
                                      {"Train", true},
                                      {"Test", true},
                                      {"Lungs, share of the image", true}},
                                     rows));
}

}  // namespace

Html fig3_section(const StudyView& view) {
  return study_section(view, "fig3", [&](const Json& section) {
    const Html spread = concat(
        element("tr", {}, row_header("Before CLAHE"), estimate_cell(section, "spread_before")),
        element("tr", {}, row_header("After CLAHE"), estimate_cell(section, "spread_after")),
        element("tr", {{"class", "total"}}, row_header("After minus before"),
                estimate_cell(section, "spread_difference")));
    return concat(
        note("Clip limit " + text_of(section, "clip_limit") + ", " + text_of(section, "tiles") +
             " x " + text_of(section, "tiles") +
             " tiles; the paper gives neither. Images of the training side, " +
             split_name(text_of(section, "split")) + "."),
        enhanced_gallery(view, section),
        study_figure(view.folder, "fig3", "Curves: share of pixels by grey value",
                     concat("Grey values of " + text_of(section, "n") +
                            " images, as many of each class as there are up to 25, before and "
                            "after CLAHE.")),
        narrow(table("Spread of the grey values: standard deviation within an image, of 255",
                     {{"Image"}, {"Spread", true}}, spread)));
  });
}

Html fig7_section(const StudyView& view) {
  return study_section(view, "fig7", [&](const Json& section) {
    Html pictures;
    for (const auto& stored : items(section, "rows"))
      pictures.append(annotated_picture(view, stored));
    if (!pictures.empty()) pictures = element("div", {{"class", "strip"}}, pictures);
    return concat(note("Lungs as they were annotated, over the X-ray: one image of each class from "
                       "the training side. The paper shows one patient without COVID-19 and one "
                       "with it."),
                  pictures, mask_table(section));
  });
}

}  // namespace cxrnet::report
