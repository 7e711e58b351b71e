// Fig. 8, 9 and 10, and what a leaking split is worth.
#include "cxrnet/core/options.h"
#include "cxrnet/metrics/paper_figures.h"
#include "page/class_names.h"
#include "page/number_text.h"
#include "page/table.h"
#include "study/names.h"
#include "study/parts.h"
#include "study/pictures.h"

namespace cxrnet::report {
namespace {

Html millions_cell(const Json& row) {
  const auto parameters = number_of(row, "parameters");
  return number_cell(parameters ? fixed(*parameters / 1e6, 1) : "–");
}

Html outline_note(const Json& section) {
  const std::string outlines = text_of(section, "outlines");
  return note("The paper's masks are of its own collection." +
              (outlines.empty() ? "" : " Outlines: " + outlines + "."));
}

Html example(const StudyView& view, const Json& stored) {
  const std::string label = text_of(stored, "label");
  const auto iou = number_of(stored, "iou");
  return element("figure", {},
                 study_picture(view.folder, text_of(stored, "picture"),
                               "X-ray, " + std::string(display_name(label)) +
                                   ", with the outline of the lungs"),
                 element("figcaption", {}, class_short_name(label),
                         iou ? ", IoU " + figure_text(*iou) : std::string()));
}

std::string p_text(const Json& row) {
  const auto p = number_of(row, "p_value");
  if (!p) return "–";
  return *p < 0.001 ? "< 0.001" : figure_text(*p);
}

Html mcnemar_table(const Json& rows) {
  if (rows.empty()) return {};
  Html cells;
  for (const auto& row : rows) {
    cells.append(element("tr", {}, row_header(encoder_name(text_of(row, "encoder"))),
                         plain_cell(row, "n"), plain_cell(row, "only_original_right"),
                         plain_cell(row, "only_segmented_right"), estimate_cell(row, "difference"),
                         number_cell(p_text(row))));
  }
  return concat(table("McNemar's exact test between the arms, on the same test images",
                      {{"Encoder"},
                       {"Images", true},
                       {"Right on whole images only", true},
                       {"Right on lungs only", true},
                       {"Lungs minus whole", true},
                       {"p", true}},
                      cells),
                note("p is the probability of a difference this large or larger if both arms were "
                     "equally good. "
                     "Above 0.05 the arms cannot be told apart here."));
}

Html fig10_row(const Json& row) {
  const std::string encoder = text_of(row, "encoder");
  const std::string arm = text_of(row, "arm");
  std::optional<double> paper;
  if (encoder == "resnet50" && arm == "original")
    paper = metrics::paper_figures(nn::Arm::original).accuracy;
  if (encoder == "resnet50" && arm == "segmented")
    paper = metrics::paper_figures(nn::Arm::segmented).accuracy;
  return element("tr", {}, row_header(encoder_name(encoder)), cell(arm_name(arm)),
                 estimate_cell(row, "accuracy"), paper_cell(paper));
}

std::string part_name(const std::string& part) {
  if (part == "seen") return "Met in training";
  return part == "unseen" ? "Never met" : part;
}

// "bacterial 120, viral 40"
std::string label_counts(const Json& labels) {
  std::vector<std::string> parts;
  if (!labels.is_object()) return {};
  for (const auto& [label, count] : labels.items()) {
    const auto images = number_of(labels, label);
    if (images && *images > 0.0)
      parts.push_back(std::string(display_name(label)) + " " + fixed(*images, 0));
  }
  return join(parts, ", ");
}

}  // namespace

Html fig8_section(const StudyView& view) {
  return study_section(view, "fig8", [&](const Json& section) {
    const Html rows = concat(element("tr", {}, row_header("IoU"), estimate_cell(section, "iou"),
                                     paper_cell(metrics::kPaperLungIou)),
                             element("tr", {}, row_header("Dice"), estimate_cell(section, "dice"),
                                     paper_cell(std::nullopt)));
    Html examples;
    for (const auto& stored : items(section, "examples")) examples.append(example(view, stored));
    if (!examples.empty()) examples = element("div", {{"class", "strip"}}, examples);
    return concat(narrow(table("Overlap of the segmented lungs with masks drawn by hand: " +
                                   sample_text(view, section),
                               {{"Measure"}, {"Ours", true}, {"Paper", true}}, rows)),
                  examples, outline_note(section));
  });
}

Html fig9_section(const StudyView& view) {
  return study_section(view, "fig9", [&](const Json& section) {
    const std::string arm = text_of(section, "arm");
    Html rows;
    for (const auto& row : items(section, "rows")) {
      const std::string encoder = text_of(row, "encoder");
      const bool best = encoder == "resnet50" || encoder == "inception_v3";
      rows.append(element(
          "tr", {}, row_header(encoder_name(encoder)), estimate_cell(row, "accuracy"),
          paper_cell(std::string_view(best ? "best two" : "–")), estimate_cell(row, "macro_f1"),
          millions_cell(row), plain_cell(row, "epochs"), plain_cell(row, "train_seconds")));
    }
    return concat(
        study_figure(view.folder, "fig9", "Bars: accuracy of each encoder with its 95 % interval",
                     concat("Accuracy of each encoder with its 95 % interval; ",
                            sample_text(view, section), arm.empty() ? "" : ", " + arm_name(arm),
                            ". The paper draws its Fig. 9 without numbers and says: ResNet-50 and "
                            "Inception-V3 best, "
                            "ResNet-50 above ResNet-34.")),
        table("Six encoders",
              {{"Encoder"},
               {"Accuracy", true},
               {"Paper", true},
               {"Macro F1", true},
               {"Parameters, millions", true},
               {"Epochs", true},
               {"Training, s", true}},
              rows));
  });
}

Html fig10_section(const StudyView& view) {
  return study_section(view, "fig10", [&](const Json& section) {
    Html rows;
    for (const auto& row : items(section, "rows")) rows.append(fig10_row(row));
    const Html pair = element(
        "div", {{"class", "halves"}},
        study_figure(view.folder, "fig10a", "Bars: accuracy by encoder and arm beside the paper's",
                     concat("a) Accuracy with its 95 % interval; ", sample_text(view, section),
                            ". Orange lines: the paper's, ResNet-50.")),
        study_figure(
            view.folder, "fig10b", "Curves: training loss by epoch",
            concat("b) Training loss by epoch. The paper finds it lower on the lungs alone.")));
    return concat(
        pair,
        narrow(table("Accuracy by arm",
                     {{"Encoder"}, {"Classifier sees"}, {"Accuracy", true}, {"Paper", true}},
                     rows)),
        mcnemar_table(items(section, "mcnemar")));
  });
}

Html leakage_section(const StudyView& view) {
  return study_section(view, "leakage", [](const Json& section) {
    Html rows;
    for (const auto& row : items(section, "rows")) {
      rows.append(element("tr", {}, row_header(part_name(text_of(row, "patients"))),
                          plain_cell(row, "patient_count"), plain_cell(row, "n"),
                          element("td", {}, label_counts(member(row, "labels"))),
                          estimate_cell(row, "accuracy")));
    }
    for (const auto& [key, title] :
         {std::pair{"difference", "Met minus never met"},
          std::pair{"difference_within_labels", "The same between images of one label"}}) {
      if (member(section, key).is_null()) continue;
      rows.append(element("tr", {{"class", "total"}},
                          element("th", {{"scope", "row"}, {"colspan", "4"}}, title),
                          estimate_cell(section, key)));
    }
    const std::string sentence = text_of(section, "sentence");
    const std::string left_out = text_of(section, "left_out");
    return concat(
        sentence.empty() ? Html() : element("p", {}, sentence),
        table(encoder_name(text_of(section, "encoder")) + ", " + arm_name(text_of(section, "arm")) +
                  ", trained and tested on the " + split_name(text_of(section, "split")),
              {{"Patients of the test side"},
               {"Patients", true},
               {"Images", true},
               {"Of them"},
               {"Accuracy", true}},
              rows),
        note(
            (left_out.empty() || left_out == "0"
                 ? std::string()
                 : left_out + " images of patients who only chose the epoch are left out. ") +
            "A network can know a patient's other image again: what it does better on those is not "
            "skill. Labels differ in how many images a patient has, so the second difference is "
            "the one to read. The sides share one network, and are compared within one test "
            "side."));
  });
}

}  // namespace cxrnet::report
