// Fig. 9 and 10: accuracies as bars, training loss as curves.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "cxrnet/core/options.h"
#include "cxrnet/metrics/paper_figures.h"
#include "cxrnet/nn/preprocessing.h"
#include "figures/drawings.h"
#include "page/number_text.h"
#include "study/names.h"

namespace cxrnet::report {
namespace {

constexpr double kLabelGap = 0.035;  // between a bar's whisker and its number, in accuracy

// Axes at the left and below, pale lines behind.
constexpr const char* kAxes =
    "set border 3 lc rgb '#56606b'\n"
    "set tics nomirror out scale 0.5 textcolor rgb '#1a2027'\n"
    "set grid ytics lc rgb '#dce1e7' lw 1 lt 1\n"
    "set style fill solid 1 noborder\n";

// Intervals from low to high with a short line across either end.
constexpr std::string_view kWhiskers =
    "with vectors heads nofilled size first 0.07,90 lw 1.6 lc rgb '#1a2027'";

std::string number_field(std::optional<double> value) { return value ? shortest(*value) : ""; }

std::string estimate_fields(const metrics::Estimate& estimate) {
  std::string fields = number_field(estimate.value);
  if (!estimate.interval) return fields + ",,";
  return fields + "," + shortest(estimate.interval->low) + "," + shortest(estimate.interval->high);
}

std::string label_above(const metrics::Estimate& estimate, double x) {
  const double top = estimate.interval ? estimate.interval->high : *estimate.value;
  return "set label " + plot_string(figure_text(*estimate.value)) + " at " + shortest(x) + "," +
         shortest(top + kLabelGap) + " center\n";
}

// Rows whose accuracy has a value.
std::vector<Json> measured(const Json& rows) {
  std::vector<Json> kept;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(kept),
               [](const Json& row) { return estimate_of(row, "accuracy").value.has_value(); });
  return kept;
}

bool best_in_paper(const std::string& encoder) {
  return encoder == "resnet50" || encoder == "inception_v3";
}

// Distinct texts of a member, in the order of their first occurrence.
std::vector<std::string> distinct(const std::vector<Json>& rows, std::string_view key) {
  std::vector<std::string> values;
  for (const auto& row : rows) {
    const std::string value = text_of(row, key);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

std::string tick(const std::string& name, double at) {
  return plot_string(name) + " " + shortest(at);
}

std::string joined(const std::vector<std::string>& parts) { return join(parts, ", "); }

}  // namespace

std::optional<Drawing> draw_encoders(const Json& study) {
  const auto rows = measured(items(member(study, "fig9"), "rows"));
  if (rows.empty()) return std::nullopt;
  Drawing drawing{.name = "fig9",
                  .csv = "encoder,accuracy,low,high\n",
                  .script = {},
                  .width = 860,
                  .height = 380};
  std::string labels;
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto at = static_cast<double>(i);
    const std::string encoder = text_of(rows[i], "encoder");
    const auto accuracy = estimate_of(rows[i], "accuracy");
    drawing.csv += csv_field(encoder) + "," + estimate_fields(accuracy) + "\n";
    ticks.push_back(tick(encoder_name(encoder), at));
    labels += label_above(accuracy, at);
    if (best_in_paper(encoder)) {
      labels += "set label \"best two\\nin the paper\" at " + shortest(at) +
                ",0.12 center textcolor rgb '#1a2027' font ',11' front\n";
    }
  }
  const std::string arm = text_of(member(study, "fig9"), "arm");
  drawing.script = std::string(kAxes) + labels +
                   "set yrange [0:1.12]\nset ytics 0.2\nset ylabel 'Accuracy on the test side'\n" +
                   "set xrange [-0.6:" + shortest(static_cast<double>(rows.size()) - 0.4) +
                   "]\nset xtics (" + joined(ticks) + ") scale 0\nunset key\n" +
                   "plot 'fig9.csv' skip 1 using 0:2:(0.62) with boxes lc rgb '" +
                   std::string(arm_colour(arm.empty() ? "original" : arm)) +
                   "', '' skip 1 using 0:3:(0):($4-$3) " + std::string(kWhiskers) + "\n";
  return drawing;
}

namespace {

constexpr double kBarWidth = 0.36;

// "original" stands left of "segmented" around the encoder's place.
double bar_at(std::size_t encoder, std::size_t arm, std::size_t arms) {
  const double middle = (static_cast<double>(arms) - 1.0) / 2.0;
  return static_cast<double>(encoder) + (static_cast<double>(arm) - middle) * kBarWidth;
}

// A line across the bar at the paper's accuracy, its number above whatever is drawn there.
std::string paper_mark(const std::string& arm, double at, double top) {
  const auto parsed = arm == "segmented" ? nn::Arm::segmented : nn::Arm::original;
  const double paper = metrics::paper_figures(parsed).accuracy;
  const std::string half = shortest(kBarWidth * 0.45);
  const std::string from = shortest(at) + "-" + half + "," + shortest(paper);
  const std::string to = shortest(at) + "+" + half + "," + shortest(paper);
  return "set arrow from " + from + " to " + to + " nohead lw 2.5 lc rgb '#d55e00' front\n" +
         "set label '" + figure_text(paper) + "' at " + shortest(at) + "," +
         shortest(std::max(paper, top) + kLabelGap) + " center textcolor rgb '#a84800'\n";
}

std::string label_inside(const metrics::Estimate& accuracy, const std::string& arm, double at) {
  return "set label " + plot_string(figure_text(*accuracy.value)) + " at " + shortest(at) +
         ",0.08 center front textcolor rgb '" + (arm == "segmented" ? "white" : "#1a2027") + "'\n";
}

// One row per bar: encoder, arm, accuracy, ends of the interval, place on the axis.
struct ArmBars {
  std::string csv = "encoder,arm,accuracy,low,high,x\n", labels, plots;
};

ArmBars arm_bars(const std::vector<Json>& rows, const std::vector<std::string>& encoders,
                 const std::vector<std::string>& arms) {
  ArmBars bars;
  std::set<std::string> keyed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string encoder = text_of(rows[i], "encoder");
    const std::string arm = text_of(rows[i], "arm");
    const auto place = [](const auto& list, const std::string& value) {
      return static_cast<std::size_t>(std::find(list.begin(), list.end(), value) - list.begin());
    };
    const double at = bar_at(place(encoders, encoder), place(arms, arm), arms.size());
    const auto accuracy = estimate_of(rows[i], "accuracy");
    bars.csv += csv_field(encoder) + "," + csv_field(arm) + "," + estimate_fields(accuracy) + "," +
                shortest(at) + "\n";
    bars.labels += label_inside(accuracy, arm, at);
    if (encoder == "resnet50" && (arm == "original" || arm == "segmented")) {
      const double top = accuracy.interval ? accuracy.interval->high : *accuracy.value;
      bars.labels += paper_mark(arm, at, top);
    }
    const std::string row = "skip 1 every ::" + std::to_string(i) + "::" + std::to_string(i);
    const std::string title =
        keyed.insert(arm).second ? "title " + plot_string(arm_name(arm)) : "notitle";
    bars.plots += "'fig10a.csv' " + row + " using 6:3:(" + shortest(kBarWidth * 0.92) +
                  ") with boxes lc rgb '" + std::string(arm_colour(arm)) + "' " + title + ", ";
  }
  return bars;
}

}  // namespace

std::optional<Drawing> draw_arms(const Json& study) {
  const auto rows = measured(items(member(study, "fig10"), "rows"));
  if (rows.empty()) return std::nullopt;
  const auto encoders = distinct(rows, "encoder");
  const auto arms = distinct(rows, "arm");
  const ArmBars bars = arm_bars(rows, encoders, arms);
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < encoders.size(); ++i) {
    ticks.push_back(tick(encoder_name(encoders[i]), static_cast<double>(i)));
  }
  Drawing drawing{.name = "fig10a", .csv = bars.csv, .script = {}, .width = 560, .height = 400};
  drawing.script =
      std::string(kAxes) + bars.labels +
      "set yrange [0:1.06]\nset ytics 0,0.2,1\nset ylabel 'Accuracy on the test side'\nset xrange "
      "[-0.6:" +
      shortest(static_cast<double>(encoders.size()) - 0.4) + "]\nset xtics (" + joined(ticks) +
      ") scale 0\nset key below center horizontal samplen 1.5\nplot " + bars.plots +
      "'fig10a.csv' skip 1 using 6:4:(0):($5-$4) " + std::string(kWhiskers) +
      " notitle, NaN lw 2.5 lc rgb '#d55e00' title 'paper'\n";
  return drawing;
}

namespace {

struct LossCurve {
  std::string encoder, arm;
  std::map<double, double> losses;  // by epoch
};

std::vector<LossCurve> loss_curves(const Json& study) {
  std::vector<LossCurve> curves;
  for (const auto& stored : items(member(study, "fig10"), "curves")) {
    LossCurve curve{
        .encoder = text_of(stored, "encoder"), .arm = text_of(stored, "arm"), .losses = {}};
    const auto epochs = numbers_of(stored, "epoch");
    const auto losses = numbers_of(stored, "training_loss");
    for (std::size_t i = 0; i < std::min(epochs.size(), losses.size()); ++i) {
      if (std::isfinite(epochs[i]) && std::isfinite(losses[i])) curve.losses[epochs[i]] = losses[i];
    }
    if (!curve.losses.empty()) curves.push_back(std::move(curve));
  }
  return curves;
}

std::string loss_csv(const std::vector<LossCurve>& curves) {
  std::set<double> epochs;
  std::string csv = "epoch";
  for (const auto& curve : curves) {
    csv += "," + csv_field(curve.encoder + " " + curve.arm);
    for (const auto& [epoch, loss] : curve.losses) epochs.insert(epoch);
  }
  csv += "\n";
  for (const double epoch : epochs) {
    csv += shortest(epoch);
    for (const auto& curve : curves) {
      const auto found = curve.losses.find(epoch);
      csv += "," + (found == curve.losses.end() ? "" : shortest(found->second));
    }
    csv += "\n";
  }
  return csv;
}

}  // namespace

std::optional<Drawing> draw_training_loss(const Json& study) {
  const auto curves = loss_curves(study);
  if (curves.empty()) return std::nullopt;
  Drawing drawing{
      .name = "fig10b", .csv = loss_csv(curves), .script = {}, .width = 560, .height = 400};
  std::vector<std::string> plots;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto& [encoder, arm, losses] = curves[i];
    const bool deep = encoder == "resnet50";
    plots.push_back("'fig10b.csv' skip 1 using 1:" + std::to_string(i + 2) +
                    " with linespoints lw 2.5 ps 0.6 pt " + (deep ? "7" : "6") + " dt " +
                    (deep ? "1" : "2") + " lc rgb '" + std::string(arm_colour(arm)) + "' title " +
                    plot_string(encoder_name(encoder) + ", " + arm_name(arm)));
  }
  const double last = std::max_element(curves.begin(), curves.end(),
                                       [](const auto& a, const auto& b) {
                                         return a.losses.rbegin()->first < b.losses.rbegin()->first;
                                       })
                          ->losses.rbegin()
                          ->first;
  drawing.script = kAxes;
  drawing.script += "set xtics " + shortest(std::max(1.0, std::ceil(last / 10.0))) + "\n";
  drawing.script +=
      "set yrange [0:*]\nset ylabel 'Training loss, eq. (5)'\nset xlabel 'Epoch'\n"
      "set key inside top right samplen 2.5\n";
  drawing.script += "plot " + joined(plots) + "\n";
  return drawing;
}

}  // namespace cxrnet::report
