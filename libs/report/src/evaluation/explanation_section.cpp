#include "evaluation/explanation_section.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "page/number_text.h"
#include "page/page.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

using pipeline::ExplanationEvaluation;
using pipeline::MethodEvaluation;

// Okabe and Ito (2008), without yellow and black, which vanish on one of the two grounds.
constexpr std::array<std::string_view, 6> kColours{"#0072b2", "#d55e00", "#009e73",
                                                   "#cc79a7", "#e69f00", "#56b4e9"};

// The drawing's own units.
constexpr double kLeft = 52;
constexpr double kTop = 10;
constexpr double kWidth = 420;
constexpr double kHeight = 240;

struct Scale {
  double low = 0.0;
  double high = 1.0;
};

std::string number(double value) { return fixed(value, 1); }
double x_of(double share) { return kLeft + kWidth * share; }
double y_of(double score, const Scale& scale) {
  return kTop + kHeight * (scale.high - score) / (scale.high - scale.low);
}

// A method's colour, and dashes from the seventh on.
struct LineStyle {
  std::string_view colour;
  bool dashed;
};
LineStyle line_style(std::size_t position) {
  return {kColours[position % kColours.size()], (position / kColours.size()) % 2 == 1};
}

// Probabilities span 0 to 1; logits what they reach.
Scale scale_of(const std::vector<const MethodEvaluation*>& methods) {
  Scale scale;
  for (const auto* method : methods) {
    for (const double score : method->summary.ppc_block) {
      scale.low = std::min(scale.low, score);
      scale.high = std::max(scale.high, score);
    }
  }
  return scale;
}

Html label(std::string_view anchor, double x, double y, std::string_view text) {
  return element("text", {{"text-anchor", anchor}, {"x", number(x)}, {"y", number(y)}}, text);
}

Html axes(const Scale& scale, std::string_view score) {
  Html parts;
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double value = scale.low + tick * (scale.high - scale.low);
    const double y = y_of(value, scale);
    parts.append(element("line", {{"class", "grid"},
                                  {"x1", number(kLeft)},
                                  {"y1", number(y)},
                                  {"x2", number(kLeft + kWidth)},
                                  {"y2", number(y)}}));
    parts.append(label("end", kLeft - 6, y + 4, fixed(value, 2)));
    parts.append(label("middle", x_of(tick), kTop + kHeight + 16, fixed(tick, 2)));
  }
  parts.append(
      label("middle", kLeft + kWidth / 2, kTop + kHeight + 34, "Share of the image removed"));
  return parts.append(element(
      "text", {{"text-anchor", "middle"}, {"transform", "translate(12 130) rotate(-90)"}}, score));
}

Html curve(const std::vector<double>& scores, const Scale& scale, const LineStyle& style) {
  std::string points;
  const double levels = static_cast<double>(scores.size()) - 1.0;
  for (std::size_t k = 0; k < scores.size(); ++k) {
    points += (k == 0 ? "" : " ") + number(x_of(static_cast<double>(k) / levels)) + "," +
              number(y_of(scores[k], scale));
  }
  const std::string css = "fill:none;stroke-width:2.5;stroke:" + std::string(style.colour) +
                          (style.dashed ? ";stroke-dasharray:6 4" : "");
  return element("polyline", {{"points", points}, {"style", css}});
}

Html named(const MethodEvaluation& method, const LineStyle& style) {
  const std::string css = "background:" + std::string(style.colour);
  return element("span", {{"class", "class"}}, element("span", {{"class", "dot"}, {"style", css}}),
                 to_string(method.method), style.dashed ? " (dashed)" : "");
}

Html curve_table(const std::vector<const MethodEvaluation*>& methods, std::size_t levels) {
  Html header = header_cell({"Share removed"});
  for (std::size_t k = 0; k < levels; ++k) {
    const std::string share = fixed(static_cast<double>(k) / static_cast<double>(levels - 1), 2);
    header.append(header_cell({share, true}));
  }
  Html rows;
  for (const auto* method : methods) {
    Html cells = row_header(to_string(method->method));
    for (const double score : method->summary.ppc_block) {
      cells.append(number_cell(figure_text(score)));
    }
    rows.append(element("tr", {}, cells));
  }
  return element("details", {}, element("summary", {}, "The numbers behind it"),
                 table("Mean score at each level", element("tr", {}, header), rows));
}

Html curves(const ExplanationEvaluation& evaluation) {
  const auto methods = evaluation.measured();
  if (methods.empty() || evaluation.n == 0) {
    return element("p", {{"class", "undefined"}}, "No curves: nothing was measured.");
  }
  const bool logit = evaluation.benchmark.score == explain::Score::logit;
  const auto scale = scale_of(methods);
  Html lines;
  for (std::size_t i = 0; i < methods.size(); ++i) {
    lines.append(curve(methods[i]->summary.ppc_block, scale, line_style(i)));
  }
  const std::string_view score = logit ? "Logit of the class" : "Probability of the class";
  return element("figure", {{"class", "curves"}},
                 element("svg",
                         {{"viewBox", "0 0 490 300"},
                          {"role", "img"},
                          {"aria-labelledby", "perturbation"},
                          {"style", "display:block;width:100%;max-width:620px;height:auto"}},
                         element("title", {{"id", "perturbation"}},
                                 "Perturbation curves in the block form, one line per method"),
                         axes(scale, score), lines),
                 element("figcaption", {},
                         "Blocks of a " + std::to_string(evaluation.benchmark.grid) + " × " +
                             std::to_string(evaluation.benchmark.grid) +
                             " grid are removed, the hottest first. The earlier a line falls, the "
                             "better its map names what the judge looks at. Where it ends says "
                             "what the judge makes "
                             "of an empty image: if that is not low, no curve can fall far."),
                 curve_table(methods, methods.front()->summary.ppc_block.size()));
}

// Of a method's figures, or of differences between two methods'.
Html figures_cells(const MethodEvaluation& method, const LineStyle& style, const auto& figures) {
  Html cells = row_header(named(method, style));
  for (const auto& block : figures.blocks) cells.append(number_cell(estimate_html(block.deletion)));
  for (const auto* estimate :
       {&figures.insertion, &figures.aoppc_rank, &figures.aoppc_threshold, &figures.inside_lung}) {
    cells.append(number_cell(estimate_html(*estimate)));
  }
  return element("tr", {}, cells);
}

// Fill, grid and judge stand over every figure: without them it says nothing.
Html figures_header(const ExplanationEvaluation& evaluation, std::string_view first) {
  const auto settings = explain::block_settings(evaluation.benchmark);
  const std::string by = ", by " + evaluation.judge + ")";
  Html header = header_cell({std::string(first)});
  for (const auto& setting : settings)
    header.append(header_cell({"Deletion (" + explain::title_of(setting) + by, true}));
  header.append(header_cell({"Insertion (" + explain::title_of(settings.front()) + by, true}));
  header.append(header_cell({"AOPPC (rank, zero" + by, true}));
  header.append(header_cell({"AOPPC (threshold, zero" + by, true}));
  header.append(header_cell({"Heat inside lungs", true}));
  return header;
}

Html wide(const Html& content) { return element("div", {{"class", "wide"}}, content); }

Html method_table(const ExplanationEvaluation& evaluation) {
  Html rows;
  const auto methods = evaluation.measured();
  Html header = figures_header(evaluation, "Method");
  header.append(header_cell({"Dead maps", true}));
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const auto& summary = methods[i]->summary;
    Html cells = figures_cells(*methods[i], line_style(i), summary);
    cells.append(number_cell(std::to_string(summary.n_dead) + " of " + std::to_string(summary.n)));
    rows.append(element("tr", {}, cells));
  }
  return wide(table("Higher is better", element("tr", {}, header), rows));
}

// The first method against each other one; nothing where it stands alone.
Html difference_table(const ExplanationEvaluation& evaluation) {
  const auto methods = evaluation.measured();
  if (methods.size() < 2) return {};
  Html rows;
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (!methods[i]->difference) continue;
    rows.append(
        element("tr", {}, figures_cells(*methods[i], line_style(i), *methods[i]->difference)));
  }
  return wide(table(
      std::string(to_string(methods.front()->method)) +
          " minus each other method, image by image; better where the whole interval is above 0",
      element("tr", {}, figures_header(evaluation, "Minus")), rows));
}

// What the judge says of whole and of empty images: the same for every method.
Html judge_facts(const ExplanationEvaluation& evaluation) {
  const auto methods = evaluation.measured();
  if (methods.empty()) return {};
  const auto& summary = methods.front()->summary;
  const std::string fill(to_string(evaluation.benchmark.imputation));
  return element(
      "dl", {{"class", "facts"}},
      fact("Mean score of the whole images", estimate_html(summary.p_whole)),
      fact("with every block removed (" + fill + ")", estimate_html(summary.p_full_removal)),
      fact("with every pixel black", estimate_html(summary.p_black)));
}

std::string layer_cam_text(const ExplanationEvaluation& evaluation) {
  if (!evaluation.layer_cam) return "";
  return " LayerCAM stands at level " + std::to_string(evaluation.layer_cam_level) +
         ", its best by deletion on " + std::to_string(evaluation.layer_cam->n) +
         " images of the side " + evaluation.layer_cam->side + ".";
}

std::string lead_text(const ExplanationEvaluation& evaluation) {
  return count_of(static_cast<std::size_t>(evaluation.n), "image", "images") + " of " +
         count_of(static_cast<std::size_t>(evaluation.patients), "patient", "patients") +
         ", asked about " +
         (evaluation.label.empty() ? "their true labels" : "class " + evaluation.label) +
         "; judged by " + evaluation.judge +
         ". Deletion and insertion: blocks of equal area, filled as the column says, on the grid "
         "that it names; training removed blocks of 16 × 16. AOPPC, rank and threshold: single "
         "pixels set to black. The threshold form is the paper's eq. (12); it favours maps that "
         "are bright everywhere. A dead map, the same everywhere or no numbers, counts: its blocks "
         "go in the order of chance, and nothing of it is inside the lungs. The terms are those of "
         "docs/glossary.md." +
         layer_cam_text(evaluation);
}

}  // namespace

Html explanation_section(const ExplanationEvaluation& evaluation) {
  Html warnings;
  for (const auto& warning : evaluation.warnings) {
    warnings.append(element("p", {{"class", "notice"}}, warning));
  }
  return element("section", {}, element("h2", {}, "What the explanations are worth"),
                 element("p", {{"class", "note"}}, lead_text(evaluation)), warnings,
                 judge_facts(evaluation), method_table(evaluation), difference_table(evaluation),
                 curves(evaluation));
}

}  // namespace cxrnet::report
