// Beyond the paper: paired differences by the independent judge, and the sanity check of Adebayo.
#include <algorithm>
#include <array>
#include <cmath>

#include "cxrnet/core/options.h"
#include "figures/drawings.h"
#include "study/names.h"

namespace cxrnet::report {
namespace {

constexpr const char* kAxes =
    "set border 1 lc rgb '#56606b'\nset tics nomirror out scale 0.5 textcolor rgb '#1a2027'\n";

struct Difference {
  std::string method, against;
  metrics::Estimate deletion, insertion;
};

// Of all classes together; of the first class that occurs where the study has no such rows.
std::string shown_label(const Json& paired) {
  for (const auto& row : paired) {
    if (text_of(row, "label") == "all") return "all";
  }
  return paired.empty() ? "" : text_of(paired.front(), "label");
}

std::vector<Difference> differences(const Json& paired) {
  std::vector<Difference> rows;
  const std::string label = shown_label(paired);
  for (const auto& row : paired) {
    if (text_of(row, "label") != label) continue;
    Difference difference{.method = text_of(row, "method"),
                          .against = text_of(row, "against"),
                          .deletion = estimate_of(row, "deletion"),
                          .insertion = estimate_of(row, "insertion")};
    if (difference.deletion.value || difference.insertion.value) rows.push_back(difference);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Difference& a, const Difference& b) {
    return std::pair(method_rank(a.method), method_rank(a.against)) <
           std::pair(method_rank(b.method), method_rank(b.against));
  });
  return rows;
}

std::string fields(const metrics::Estimate& estimate) {
  if (!estimate.value) return ",,";
  const std::string value = shortest(*estimate.value);
  if (!estimate.interval) return value + ",,";
  return value + "," + shortest(estimate.interval->low) + "," + shortest(estimate.interval->high);
}

// A filled dot where the interval lies on one side of zero.
bool is_clear(const metrics::Estimate& estimate) {
  return estimate.interval && (estimate.interval->low > 0.0 || estimate.interval->high < 0.0);
}

// From below; one method's rows stand apart from the next method's.
std::vector<double> heights(const std::vector<Difference>& rows) {
  std::vector<double> places(rows.size(), 1.0);
  for (std::size_t i = rows.size() - 1; i-- > 0;) {
    places[i] = places[i + 1] + (rows[i].method == rows[i + 1].method ? 1.0 : 1.8);
  }
  return places;
}

std::string plot_differences(const std::vector<Difference>& rows, bool deletion) {
  const auto places = heights(rows);
  std::vector<std::string> plots;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& estimate = deletion ? rows[i].deletion : rows[i].insertion;
    if (!estimate.value) continue;
    const std::string at = shortest(places[i]);
    const std::string first = deletion ? "3" : "6";
    const std::string ends = deletion ? ":4:5" : ":7:8";
    const std::string row =
        "'judge_paired.csv' skip 1 every ::" + std::to_string(i) + "::" + std::to_string(i) + " ";
    const std::string colour =
        " lc rgb '" + std::string(method_style(rows[i].method).colour) + "' notitle";
    if (estimate.interval) {
      plots.push_back(row + "using " + first + ":(" + at + ")" + ends +
                      " with xerrorbars pt 7 ps 0 lw 2.2" + colour);
    }
    if (!is_clear(estimate)) {  // white inside the ring
      plots.push_back(row + "using " + first + ":(" + at +
                      ") with points pt 7 ps 0.9 lc rgb 'white' notitle");
    }
    plots.push_back(row + "using " + first + ":(" + at + ") with points ps 0.9 lw 2 pt " +
                    (is_clear(estimate) ? "7" : "6") + colour);
  }
  return "plot " + (plots.empty() ? "NaN notitle" : join(plots, ", \\\n  ")) + "\n";
}

}  // namespace

std::optional<Drawing> draw_paired(const Json& study) {
  const auto rows = differences(items(member(study, "judge"), "paired"));
  if (rows.empty()) return std::nullopt;
  const auto places = heights(rows);
  Drawing drawing{.name = "judge_paired",
                  .csv =
                      "method,against,deletion,deletion_low,deletion_high,insertion,insertion_low,"
                      "insertion_high\n",
                  .script = kAxes,
                  .width = 1040,
                  .height = 110 + static_cast<int>(22.0 * places.front())};
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    drawing.csv += csv_field(rows[i].method) + "," + csv_field(rows[i].against) + "," +
                   fields(rows[i].deletion) + "," + fields(rows[i].insertion) + "\n";
    const std::string name =
        short_method_name(rows[i].method) + " − " + short_method_name(rows[i].against);
    ticks.push_back(plot_string(name) + " " + shortest(places[i]));
  }
  drawing.script += "set yrange [0.3:" + shortest(places.front() + 0.7) + "]\n";
  drawing.script +=
      "set xrange [*<0:0<*]\nset grid xtics lc rgb '#dce1e7' lw 1 lt 1\nset xtics font ',9'\n"
      "set arrow 1 from 0,graph 0 to 0,graph 1 nohead lw 1.5 lc rgb '#1a2027' back\n"
      "set bars 0.5\nset pointintervalbox 0\nset tmargin 2.2\nset bmargin 3.6\n"
      "set xlabel 'Difference with 95 % interval; right of 0: ours is better' font ',11'\n"
      "set multiplot\nset lmargin at screen 0.3\nset rmargin at screen 0.625\n"
      "set title 'Deletion'\n";
  drawing.script += "set ytics (" + join(ticks, ", ") + ") scale 0\n";
  drawing.script += plot_differences(rows, true);
  drawing.script +=
      "set lmargin at screen 0.665\nset rmargin at screen 0.985\nset title 'Insertion'\n"
      "unset ytics\n";
  drawing.script += plot_differences(rows, false) + "unset multiplot\n";
  return drawing;
}

namespace {

struct SanityCurve {
  std::string method;
  std::vector<std::string> layers;
  std::vector<double> ssim, rank_correlation;
};

std::vector<SanityCurve> sanity_curves(const Json& study) {
  std::vector<SanityCurve> curves;
  for (const auto& stored : items(member(study, "audit"), "sanity")) {
    SanityCurve curve{.method = text_of(stored, "method"),
                      .layers = {},
                      .ssim = numbers_of(stored, "ssim"),
                      .rank_correlation = numbers_of(stored, "rank_correlation")};
    for (const auto& layer : items(stored, "layers")) curve.layers.push_back(text_of(layer));
    curve.ssim.resize(curve.layers.size(), NAN);
    curve.rank_correlation.resize(curve.layers.size(), NAN);
    if (!curve.layers.empty()) curves.push_back(std::move(curve));
  }
  std::stable_sort(curves.begin(), curves.end(), [](const SanityCurve& a, const SanityCurve& b) {
    return method_rank(a.method) < method_rank(b.method);
  });
  return curves;
}

// The layers of all methods, in the order of the first method that names each.
std::vector<std::string> layers_of(const std::vector<SanityCurve>& curves) {
  std::vector<std::string> layers;
  for (const auto& curve : curves) {
    for (const auto& layer : curve.layers) {
      if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);
    }
  }
  return layers;
}

std::string sanity_csv(const std::vector<SanityCurve>& curves,
                       const std::vector<std::string>& layers) {
  std::string csv = "layer";
  for (const auto& curve : curves) {
    csv += "," + csv_field(curve.method + " ssim") + "," +
           csv_field(curve.method + " rank_correlation");
  }
  csv += "\n";
  for (const auto& layer : layers) {
    csv += csv_field(layer);
    for (const auto& curve : curves) {
      const auto at = static_cast<std::size_t>(
          std::find(curve.layers.begin(), curve.layers.end(), layer) - curve.layers.begin());
      const auto field = [&](const std::vector<double>& values) {
        return at < values.size() && std::isfinite(values[at]) ? shortest(values[at]) : "";
      };
      csv += "," + field(curve.ssim) + "," + field(curve.rank_correlation);
    }
    csv += "\n";
  }
  return csv;
}

std::string sanity_lines(const std::vector<SanityCurve>& curves, int offset, bool legend) {
  std::vector<std::string> plots;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const LineStyle style = method_style(curves[i].method);
    const std::string data =
        legend ? "NaN"
               : "'sanity.csv' skip 1 using 0:" + std::to_string(2 * static_cast<int>(i) + offset);
    plots.push_back(data + " with linespoints lc rgb '" + std::string(style.colour) + "' dt " +
                    std::to_string(style.dash) + " pt " + std::to_string(style.mark) +
                    " ps 0.5 lw " + shortest(style.width) +
                    (legend ? " title " + plot_string(method_name(curves[i].method)) : " notitle"));
  }
  return "plot " + join(plots, ", \\\n  ") + "\n";
}

}  // namespace

std::optional<Drawing> draw_sanity(const Json& study) {
  const auto curves = sanity_curves(study);
  if (curves.empty()) return std::nullopt;
  const auto layers = layers_of(curves);
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < layers.size(); ++i)
    ticks.push_back(plot_string(layers[i]) + " " + std::to_string(i));
  Drawing drawing{.name = "sanity",
                  .csv = sanity_csv(curves, layers),
                  .script = {},
                  .width = 1040,
                  .height = 330};
  drawing.script = std::string(kAxes) +
                   "set border 3\nset grid ytics lc rgb '#dce1e7' lw 1 lt 1\nset xrange [-0.3:" +
                   std::to_string(layers.size() - 1) + ".3]\nset xtics (" + join(ticks, ", ") +
                   ") rotate by -40 left font ',11'\n"
                   "set xlabel 'Weights randomised from the output down to this layer' font "
                   "',11'\nset lmargin 6\nset rmargin 3\nset tmargin 2.2\nset bmargin 5.5\n"
                   "set multiplot layout 1,3\nset ytics 0.25\nset yrange [-0.05:1]\nset title "
                   "'SSIM with the trained model'\n" +
                   sanity_lines(curves, 2, false) +
                   "set yrange [-0.5:1]\nset title 'Rank correlation with the trained model'\nset "
                   "arrow 1 from graph 0,first 0 to graph 1,first 0 nohead lc rgb '#56606b'\n" +
                   sanity_lines(curves, 3, false) +
                   "unset arrow 1\nunset border\nunset tics\nunset grid\nunset xlabel\nset title "
                   "''\nset yrange [0:1]\n"
                   "set lmargin 1\nset rmargin 0\nset tmargin 0.5\nset bmargin 0.5\n"
                   "set key inside left center Left reverse samplen 2.5 spacing 1 font ',11'\n" +
                   sanity_lines(curves, 0, true) + "unset multiplot\n";
  return drawing;
}

}  // namespace cxrnet::report
