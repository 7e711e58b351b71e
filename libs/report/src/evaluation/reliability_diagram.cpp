#include "evaluation/reliability_diagram.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "page/number_text.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

// The drawing's own units.
constexpr double kLeft = 60;
constexpr double kTop = 10;
constexpr double kSide = 300;       // of the square from (0, 0) to (1, 1)
constexpr double kCountsTop = 322;  // of the histogram below it
constexpr double kCountsHeight = 44;
constexpr double kBottom = kCountsTop + kCountsHeight;
constexpr double kGap = 1.5;  // between bars

std::string number(double value) { return fixed(value, 1); }
double x_of(double confidence) { return kLeft + kSide * confidence; }
double y_of(double share) { return kTop + kSide * (1.0 - share); }

Html line(std::string_view style, double x1, double y1, double x2, double y2) {
  return element("line", {{"class", style},
                          {"x1", number(x1)},
                          {"y1", number(y1)},
                          {"x2", number(x2)},
                          {"y2", number(y2)}});
}

Html bar(std::string_view style, const metrics::CalibrationBin& bin, double top, double bottom) {
  return element("rect", {{"class", style},
                          {"x", number(x_of(bin.low) + kGap / 2)},
                          {"y", number(top)},
                          {"width", number(kSide * (bin.high - bin.low) - kGap)},
                          {"height", number(bottom - top)}});
}

Html label(std::string_view anchor, double x, double y, std::string_view text) {
  return element("text", {{"text-anchor", anchor}, {"x", number(x)}, {"y", number(y)}}, text);
}

Html axes() {
  Html parts;
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const std::string text = fixed(tick, 2);
    parts.append(line("grid", kLeft, y_of(tick), kLeft + kSide, y_of(tick)));
    parts.append(label("end", kLeft - 6, y_of(tick) + 4, text));
    parts.append(label("middle", x_of(tick), kBottom + 16, text));
  }
  parts.append(label("middle", kLeft + kSide / 2, kBottom + 34, "Probability of the answer"));
  parts.append(element("text",
                       {{"text-anchor", "middle"}, {"transform", "translate(12 160) rotate(-90)"}},
                       "Share of right answers"));
  return parts.append(label("end", kLeft - 6, kBottom, "images"));
}

int64_t fullest(const std::vector<metrics::CalibrationBin>& bins) {
  int64_t most = 1;
  for (const auto& bin : bins) most = std::max(most, bin.images);
  return most;
}

Html bars(const std::vector<metrics::CalibrationBin>& bins) {
  const auto most = static_cast<double>(fullest(bins));
  Html parts;
  for (const auto& bin : bins) {
    if (bin.images == 0) continue;
    const double count = kCountsHeight * static_cast<double>(bin.images) / most;
    parts.append(bar("right", bin, y_of(*bin.share_correct.value), y_of(0)));
    parts.append(bar("count", bin, kBottom - std::max(1.0, count), kBottom));
  }
  parts.append(line("ideal", x_of(0), y_of(0), x_of(1), y_of(1)));
  for (const auto& bin : bins) {
    if (bin.images == 0) continue;
    parts.append(element("circle", {{"class", "mean"},
                                    {"cx", number(x_of(*bin.mean_confidence.value))},
                                    {"cy", number(y_of(*bin.share_correct.value))},
                                    {"r", "3"}}));
  }
  return parts;
}

Html bin_table(const std::vector<metrics::CalibrationBin>& bins) {
  Html rows;
  for (const auto& bin : bins) {
    if (bin.images == 0) continue;
    rows.append(element("tr", {}, row_header(fixed(bin.low, 3), " – ", fixed(bin.high, 3)),
                        number_cell(std::to_string(bin.images)),
                        number_cell(figure_text(*bin.mean_confidence.value)),
                        number_cell(figure_text(*bin.share_correct.value))));
  }
  return element(
      "details", {}, element("summary", {}, "The numbers behind it"),
      table("Bins without images are left out",
            {{"Probability"}, {"Images", true}, {"Mean probability", true}, {"Share right", true}},
            rows));
}

}  // namespace

Html reliability_diagram(const std::vector<metrics::CalibrationBin>& bins) {
  const bool any =
      std::any_of(bins.begin(), bins.end(), [](const auto& bin) { return bin.images > 0; });
  if (!any) return element("p", {{"class", "undefined"}}, "No reliability diagram: no images.");
  const Html drawing = element(
      "svg", {{"viewBox", "0 0 376 410"}, {"role", "img"}, {"aria-labelledby", "reliability"}},
      element("title", {{"id", "reliability"}},
              "Reliability diagram: share of right answers against the probability of the answer"),
      axes(), bars(bins));
  return element(
      "figure", {{"class", "reliability"}}, drawing,
      element("figcaption", {},
              "Perfectly calibrated answers lie on the dashed line; bars below it are too sure of "
              "themselves. Below: images at each probability."),
      bin_table(bins));
}

}  // namespace cxrnet::report
