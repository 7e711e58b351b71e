// The study as a whole: key figures, data, plan, how it was made.
#include <algorithm>
#include <cmath>

#include "cxrnet/metrics/paper_figures.h"
#include "cxrnet/nn/labels.h"
#include "page/class_names.h"
#include "page/number_text.h"
#include "page/page.h"
#include "page/table.h"
#include "study/names.h"
#include "study/parts.h"

namespace cxrnet::report {
namespace {

constexpr std::size_t kOpenStages = 12;  // a longer plan is folded

Html tile(std::string_view name, const Json& object, std::string_view key,
          const std::string& remark) {
  if (member(object, key).is_null()) return {};
  return element(
      "div", {{"class", "tile"}}, element("dt", {}, name),
      element("dd", {}, estimate_html(estimate_of(object, key)), element("small", {}, remark)));
}

std::string paper_text(double value) { return "paper: " + figure_text(value); }

const Json& first_with(
    const Json& rows, std::initializer_list<std::pair<std::string_view, std::string_view>> wanted) {
  static const Json kNull;
  for (const auto& row : rows) {
    const bool matches = std::all_of(wanted.begin(), wanted.end(), [&](const auto& pair) {
      return text_of(row, pair.first) == pair.second;
    });
    if (matches) return row;
  }
  return kNull;
}

Html classification_tiles(const Json& study) {
  const auto& table1 = member(study, "table1");
  const std::string encoder = encoder_name(text_of(table1, "encoder"));
  const auto& original = first_with(items(table1, "arms"), {{"arm", "original"}});
  const auto& segmented = first_with(items(table1, "arms"), {{"arm", "segmented"}});
  const auto& covid = first_with(items(segmented, "classes"), {{"label", "covid19"}});
  return concat(
      tile("Accuracy, whole images", original, "accuracy",
           encoder + "; " + paper_text(metrics::paper_figures(nn::Arm::original).accuracy)),
      tile("Accuracy, lungs alone", segmented, "accuracy",
           encoder + "; " + paper_text(metrics::paper_figures(nn::Arm::segmented).accuracy)),
      tile("F1 of COVID-19, lungs alone", covid, "f1",
           paper_text(metrics::paper_class(nn::Arm::segmented, "covid19")->f1)));
}

Html explanation_tiles(const Json& study) {
  const auto& methods = items(member(study, "fig13"), "methods");
  const auto& representation =
      first_with(methods, {{"method", "representation"}, {"label", "covid19"}, {"model", "paper"}});
  const auto& judged = items(member(study, "judge"), "methods");
  const auto& selection = first_with(judged, {{"method", "selection"}, {"label", "all"}});
  const auto& same_model =
      first_with(judged, {{"method", "grad_cam"}, {"label", "all"}, {"model", "selection"}});
  const auto& any_model = first_with(judged, {{"method", "grad_cam"}, {"label", "all"}});
  const auto peer = estimate_of(same_model.is_null() ? any_model : same_model, "deletion").value;
  return concat(tile("AOPPC of the representation image", representation, "aoppc_threshold",
                     "COVID-19, the paper's threshold form; " +
                         paper_text(*metrics::paper_aoppc("representation"))),
                tile("Deletion of the selection, by the judge", selection, "deletion",
                     peer ? "all classes; Grad-CAM: " + figure_text(*peer) : "all classes"));
}

std::string duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + "\u00A0s";
  if (whole < 3600)
    return std::to_string(whole / 60) + "\u00A0min\u00A0" + std::to_string(whole % 60) + "\u00A0s";
  return std::to_string(whole / 3600) + "\u00A0h\u00A0" + std::to_string(whole % 3600 / 60) +
         "\u00A0min";
}

Html duration_cell(const Json& stage, std::string_view key) {
  const auto seconds = number_of(stage, key);
  return number_cell(seconds ? duration(*seconds) : "–");
}

Html label_row(const std::string& label, const Json& counts) {
  const auto paper = metrics::paper_confusion(nn::Arm::original);
  const auto at = std::find(paper.labels().begin(), paper.labels().end(), label);
  const std::string theirs = at == paper.labels().end()
                                 ? "–"
                                 : std::to_string(paper.actual_total(
                                       static_cast<std::size_t>(at - paper.labels().begin())));
  return element("tr", {}, row_header(class_name(label)), plain_cell(counts, "train"),
                 plain_cell(counts, "test"), paper_cell(theirs));
}

Html label_table(const Json& data) {
  const auto& labels = member(data, "labels");
  if (!labels.is_object() || labels.empty()) return {};
  Html rows;
  for (const auto label : nn::kLabels) {
    if (labels.contains(std::string(label)))
      rows.append(label_row(std::string(label), labels[std::string(label)]));
  }
  for (const auto& [label, counts] : labels.items()) {
    if (std::find(nn::kLabels.begin(), nn::kLabels.end(), label) == nn::kLabels.end()) {
      rows.append(label_row(label, counts));
    }
  }
  const auto& used = member(data, "used");
  rows.append(element("tr", {{"class", "total"}}, row_header("All"), plain_cell(used, "train"),
                      plain_cell(used, "test"),
                      paper_cell(std::to_string(metrics::kPaperTestImages))));
  return narrow(table("Images used by this run",
                      {{"Class"}, {"Train", true}, {"Test", true}, {"Paper, test", true}}, rows));
}

Html stage_row(const Json& stage) {
  const std::string state = text_of(stage, "state");
  return element("tr", {{"class", state == "done" ? "done" : "shortfall"}},
                 row_header(text_of(stage, "title"),
                            element("small", {}, element("code", {}, text_of(stage, "stage")))),
                 duration_cell(stage, "estimated_seconds"), duration_cell(stage, "seconds"),
                 cell(state.empty() ? "no state" : state), cell(text_of(stage, "reason")));
}

std::string plan_summary(const Json& plan) {
  std::size_t done = 0;
  double seconds = 0.0;
  double estimated = 0.0;
  for (const auto& stage : plan) {
    estimated += number_of(stage, "estimated_seconds").value_or(0.0);
    if (text_of(stage, "state") != "done") continue;
    ++done;
    seconds += number_of(stage, "seconds").value_or(0.0);
  }
  return std::to_string(done) + " of " + count_of(plan.size(), "stage", "stages") + " done, in " +
         duration(seconds) + "; the plan estimated " + duration(estimated) + " for all of them.";
}

}  // namespace

Html glance(const StudyView& view) {
  const Html tiles = concat(
      tile("Lung IoU", member(view.study, "fig8"), "iou", paper_text(metrics::kPaperLungIou)),
      classification_tiles(view.study), explanation_tiles(view.study));
  if (tiles.empty()) return {};
  return element(
      "section", {}, element("dl", {{"class", "tiles glance"}}, tiles),
      note("Small print below a figure: its 95 % interval by bootstrap of whole patients. The "
           "paper gives none; its "
           "figures come from " +
           std::to_string(metrics::kPaperTestImages) +
           " test images of another collection, split at random by image, so that one patient may "
           "be on both sides. "
           "Read them as a landmark, not as a contest. A dash stands for what was not measured."));
}

Html data_section(const StudyView& view) {
  return study_section(view, "data", [&](const Json& data) {
    const std::string confounding = text_of(data, "confounding");
    return concat(
        confounding.empty() ? Html() : element("p", {{"class", "caution"}}, confounding),
        element("p", {}, "The manifest holds ", text_of(data, "images"), " images; this run used ",
                text_of(member(data, "used"), "train"), " for training and ",
                text_of(member(data, "used"), "test"), " for testing, ",
                split_name(text_of(data, "split")),
                ". Epochs were chosen on a part of the training side; each network "
                "answered the test side once. ",
                member(data, "split_is_random") == true
                    ? "Patients may be on both sides, as in the paper: what that is worth "
                      "stands under Leakage."
                    : "No patient is on both sides."),
        label_table(data));
  });
}

// Stages that failed or wait, one by one; those that nobody asked for, in one line.
Html missing_stages(const Json& plan) {
  Html stages;
  int64_t left_out = 0;
  for (const auto& stage : plan) {
    const auto state = text_of(stage, "state");
    if (state == "done") continue;
    const auto reason = text_of(stage, "reason");
    if (state == "left out" && reason.empty()) {
      ++left_out;
      continue;
    }
    stages.append(element("li", {}, text_of(stage, "title"), ": ", state,
                          reason.empty() ? "" : ", " + reason));
  }
  if (left_out > 0)
    stages.append(element("li", {}, std::to_string(left_out) + " stages were not asked for"));
  return stages.empty() ? stages : element("ul", {}, stages);
}

Html plan_section(const StudyView& view) {
  return study_section(view, "plan", [](const Json& plan) {
    Html rows;
    for (const auto& stage : plan) rows.append(stage_row(stage));
    const Html stages =
        table("Stages in the order they ran",
              {{"Stage"}, {"Estimated", true}, {"Took", true}, {"State"}, {"Why not"}}, rows);
    const Html summary = element("p", {}, plan_summary(plan));
    if (plan.size() <= kOpenStages) return concat(summary, stages);
    const Html missing = missing_stages(plan);
    return concat(
        summary, missing,
        element("details", {}, element("summary", {}, "All stages with their times"), stages));
  });
}

Html made_section(const StudyView& view) {
  const auto& study = view.study;
  const auto code = [](const std::string& text) {
    return text.empty() ? Html() : element("code", {}, text);
  };
  Html facts =
      concat(fact("Command", code(text_of(study, "command"))), fact("Date", text_of(study, "date")),
             fact("Program", "cxrnet " + text_of(study, "version")),
             fact("Preset", text_of(study, "preset")), fact("Seed", text_of(study, "seed")),
             fact("Manifest, SHA-256", code(text_of(member(study, "data"), "manifest_sha256"))));
  const auto& environment = member(study, "environment");
  if (environment.is_object()) {
    for (const auto& [name, value] : environment.items()) facts.append(fact(name, text_of(value)));
  }
  return element(
      "section", {}, element("h2", {{"id", "made"}}, "How this was made"),
      element("dl", {{"class", "facts"}}, facts),
      note(concat("Beside this page: ", element("code", {}, "study.json"), " (all figures), ",
                  element("code", {}, "tables/*.csv"), ", ", element("code", {}, "figures/*.svg"),
                  " with their data (", element("code", {}, ".csv"), ") and gnuplot scripts (",
                  element("code", {}, ".gp"), "), ", element("code", {}, "config.toml"),
                  " (every setting), ", element("code", {}, "runs/"),
                  " (each stage's own results). The same command in the same folder resumes and "
                  "skips what is done.")));
}

}  // namespace cxrnet::report
