// Fig. 13: probability perturbation curves, one panel per class asked about.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "cxrnet/core/options.h"
#include "figures/drawings.h"
#include "page/class_names.h"
#include "page/number_text.h"
#include "study/names.h"

namespace cxrnet::report {
namespace {

constexpr std::size_t kColumns = 3;     // panels side by side
constexpr std::size_t kMostPanels = 8;  // more would not be legible
constexpr int kPanelWidth = 350;        // pixels
constexpr int kPanelHeight = 300;
constexpr double kSameEnd = 0.01;  // probabilities that a title gives as one

struct RemovalText {
  std::string_view key, axis;
};

RemovalText removal_text(Removal removal) {
  switch (removal) {
    case Removal::block:
      return {"ppc_block", "Blocks removed (blurred), most relevant first, %"};
    case Removal::threshold:
      return {"ppc_threshold", "Threshold x, %: heat of 1 - x or more is set to 0"};
    case Removal::rank:
      return {"ppc_rank", "Pixels removed (set to 0), most relevant first, %"};
  }
  return {"", ""};
}

struct Curve {
  std::string method, model, label, title;
  std::vector<double> values;  // from nothing removed to all removed, at equal steps
};

std::vector<Curve> collect(const Json& methods, std::string_view key) {
  std::vector<Curve> curves;
  for (const auto& entry : methods) {
    Curve curve{.method = method_of(entry),
                .model = text_of(entry, "model"),
                .label = text_of(entry, "label"),
                .title = method_name(method_of(entry)),
                .values = numbers_of(entry, key)};
    const bool any = std::any_of(curve.values.begin(), curve.values.end(),
                                 [](double value) { return std::isfinite(value); });
    if (curve.values.size() >= 2 && any) curves.push_back(std::move(curve));
  }
  std::stable_sort(curves.begin(), curves.end(), [](const Curve& a, const Curve& b) {
    return method_rank(a.method) < method_rank(b.method);
  });
  return curves;
}

// All classes together first, then the paper's class.
int label_rank(const std::string& label) {
  constexpr std::array<std::string_view, 5> kOrder{"all", "covid19", "healthy", "bacterial",
                                                   "viral"};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), label) - kOrder.begin());
}

struct Panel {
  std::string label;
  std::vector<std::size_t> curves;  // their columns in the data, counted from 0
};

std::vector<Panel> panels_of(const std::vector<Curve>& curves) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    auto found = std::find_if(panels.begin(), panels.end(),
                              [&](const Panel& panel) { return panel.label == curves[i].label; });
    if (found == panels.end()) found = panels.insert(panels.end(), {curves[i].label, {}});
    found->curves.push_back(i);
  }
  std::stable_sort(panels.begin(), panels.end(), [](const Panel& a, const Panel& b) {
    return label_rank(a.label) < label_rank(b.label);
  });
  panels.resize(std::min(panels.size(), kMostPanels));
  return panels;
}

std::string csv_of(const std::vector<Curve>& curves) {
  std::size_t levels = 0;
  std::string csv = "removed_percent";
  for (const auto& curve : curves) {
    levels = std::max(levels, curve.values.size());
    csv += "," + csv_field(curve.method + " " + curve.model + " " + curve.label);
  }
  csv += "\n";
  for (std::size_t level = 0; level < levels; ++level) {
    csv += shortest(100.0 * static_cast<double>(level) / static_cast<double>(levels - 1));
    for (const auto& curve : curves) {
      csv += ",";
      if (level < curve.values.size() && std::isfinite(curve.values[level])) {
        csv += shortest(curve.values[level]);
      }
    }
    csv += "\n";
  }
  return csv;
}

std::string line(const Curve& curve) {
  const LineStyle style = method_style(curve.method);
  return "with linespoints lc rgb '" + std::string(style.colour) + "' dt " +
         std::to_string(style.dash) + " pt " + std::to_string(style.mark) + " ps 0.45 lw " +
         shortest(style.width);
}

// "COVID-19: all removed, p = 0.93", or the range over the curves.
std::string panel_title(const Panel& panel, const std::vector<Curve>& curves) {
  double low = 1.0;
  double high = 0.0;
  for (const auto index : panel.curves) {
    const double end = curves[index].values.back();
    if (!std::isfinite(end)) continue;
    low = std::min(low, end);
    high = std::max(high, end);
  }
  const std::string name =
      panel.label == "all" ? "All classes" : std::string(short_name(panel.label));
  if (low > high) return name;
  const std::string range =
      high - low < kSameEnd ? fixed(high, 2) : fixed(low, 2) + " to " + fixed(high, 2);
  return name + ": p = " + range + " with all removed";
}

std::string plot_panel(const Panel& panel, const std::vector<Curve>& curves,
                       const std::string& file) {
  std::vector<std::string> plots;
  // Ours last, on top.
  for (auto index = panel.curves.rbegin(); index != panel.curves.rend(); ++index) {
    const auto& curve = curves[*index];
    plots.push_back("'" + file + "' skip 1 using 1:" + std::to_string(*index + 2) + " " +
                    line(curve) + " notitle");
  }
  return "set title " + plot_string(panel_title(panel, curves)) + "\nplot " +
         join(plots, ", \\\n  ") + "\n";
}

// The last cell of the grid holds the legend of all panels.
std::string plot_legend(const std::vector<Curve>& curves) {
  std::set<std::string> seen;
  std::vector<std::string> plots;
  for (const auto& curve : curves) {
    if (!seen.insert(curve.title).second) continue;
    plots.push_back("NaN " + line(curve) + " title " + plot_string(curve.title));
  }
  return "unset border\nunset tics\nunset grid\nunset xlabel\nunset ylabel\nset title ''\n"
         "set lmargin 1\nset rmargin 0\nset tmargin 0.5\nset bmargin 0.5\n"
         "set key inside left center Left reverse samplen 2.5 spacing 1 font ',11'\nplot " +
         join(plots, ", \\\n  ") + "\n";
}

}  // namespace

std::optional<Drawing> draw_curves(const Json& methods, Removal removal, std::string_view name) {
  const auto text = removal_text(removal);
  const auto curves = collect(methods, text.key);
  if (curves.empty()) return std::nullopt;
  const auto panels = panels_of(curves);
  const std::size_t columns = std::min(kColumns, panels.size() + 1);
  const std::size_t rows = (panels.size() + columns) / columns;  // with the legend
  Drawing drawing{.name = std::string(name),
                  .csv = csv_of(curves),
                  .script = {},
                  .width = kPanelWidth * static_cast<int>(columns),
                  .height = kPanelHeight * static_cast<int>(rows)};
  drawing.script =
      "set border 3 lc rgb '#56606b'\nset tics nomirror out scale 0.5 textcolor rgb '#1a2027'\n"
      "set grid ytics lc rgb '#dce1e7' lw 1 lt 1\nset xrange [0:100]\nset yrange [0:1]\n"
      "set xtics 20\nset ytics 0.2\nset lmargin 8\nset rmargin 2\nset tmargin 2.2\nset bmargin "
      "3.6\n"
      "set title offset 0,-0.4\nset xlabel " +
      plot_string(text.axis) +
      " font ',11'\nset ylabel 'Probability of the class' font ',11' offset 0.8,0\nset multiplot "
      "layout " +
      std::to_string(rows) + "," + std::to_string(columns) + "\n";
  for (const auto& panel : panels)
    drawing.script += plot_panel(panel, curves, drawing.name + ".csv");
  drawing.script += plot_legend(curves) + "unset multiplot\n";
  return drawing;
}

}  // namespace cxrnet::report
