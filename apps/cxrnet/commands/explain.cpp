// explain: which pixels an answer rests on, as heat map and panel.
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/overlay.h"
#include "cxrnet/pipeline/diagnosis.h"
#include "cxrnet/pipeline/loaded_model.h"
#include "framework/default_model.h"
#include "framework/inputs.h"

namespace cxrnet::app {

enum class Method { representation };

}  // namespace cxrnet::app

template <>
struct cxrnet::EnumNames<cxrnet::app::Method> {
  static constexpr std::array<std::pair<cxrnet::app::Method, std::string_view>, 1> values{
      {{cxrnet::app::Method::representation, "representation"}}};
};

namespace cxrnet::app {
namespace {

struct ExplainOptions {
  Method method = Method::representation;
  std::string model;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.method,
          Field{"method", "representation: the image between the two encoders (the paper's own)"});
    visit(self.model, Field{"model", "model file; empty: the default model"});
  }
};

// X-ray with lung outline, heat alone, heat over the X-ray, side by side.
cv::Mat panel(const pipeline::Diagnosis& diagnosis) {
  std::vector<cv::Mat> parts(3);
  cv::cvtColor(diagnosis.image, parts[0], cv::COLOR_GRAY2BGR);
  if (!diagnosis.mask.empty()) imaging::draw_lung_outline(parts[0], diagnosis.mask);
  cv::cvtColor(diagnosis.heat, parts[1], cv::COLOR_GRAY2BGR);
  parts[2] = imaging::heat_overlay(diagnosis.image, diagnosis.heat, diagnosis.mask);
  cv::Mat joined;
  cv::hconcat(parts, joined);
  return joined;
}

// Share of the heat that lies inside the lungs; null where there is no mask or no heat.
nlohmann::json share_inside_lungs(const pipeline::Diagnosis& diagnosis) {
  const double all = cv::sum(diagnosis.heat)[0];
  if (diagnosis.mask.empty() || all == 0.0) return nullptr;
  cv::Mat inside;
  cv::bitwise_and(diagnosis.heat, diagnosis.mask, inside);
  return cv::sum(inside)[0] / all;
}

ExitStatus run(const ExplainOptions& options, Context& context) {
  const auto model = pipeline::load_model_with_digest(require_model_path(options.model));
  pipeline::Diagnoser diagnoser(model.file);
  const auto folder = context.create_out_folder();
  auto inputs = expand_inputs(context.arguments("INPUT"));
  nlohmann::json images = nlohmann::json::array();
  Table table{.header = {"image", "label", "heat inside lungs"}, .rows = {}};
  const auto status = for_each_input(context.console, inputs, [&](const Input& input) {
    const auto diagnosis = diagnoser.diagnose(imaging::decode_image(read_file(input.path)));
    write_file_atomically(folder / (input.stem + ".heat.png"), imaging::encode_png(diagnosis.heat));
    write_file_atomically(folder / (input.stem + ".panel.png"),
                          imaging::encode_png(panel(diagnosis)));
    const auto share = share_inside_lungs(diagnosis);
    images.push_back({{"input", input.path.string()},
                      {"stem", input.stem},
                      {"label", diagnosis.label},
                      {"method", std::string(to_string(options.method))},
                      {"inside_lung", share}});
    table.rows.push_back({input.stem, diagnosis.label,
                          share.is_null() ? "-" : format_fixed(share.get<double>(), 3)});
  });
  context.save_configuration(folder);
  if (context.common.json) {
    context.console.print_json({{"schema", "cxrnet.explain/1"},
                                {"images", images},
                                {"model", {{"name", model.file.name}, {"sha256", model.sha256}}},
                                {"refused", refusals_to_json(inputs.refused)},
                                {"notice", kResearchUse}});
  } else {
    if (!table.rows.empty()) context.console.print_table(table);
    context.console.print_line(kResearchUse);
  }
  return status;
}

}  // namespace

Command explain_command() {
  return make_command<ExplainOptions>({.verb = "explain",
                                       .group = "Images",
                                       .summary = "show which pixels the answer rests on",
                                       .example = "cxrnet explain scan.png --out explained",
                                       .positionals = {input_positional()},
                                       .uses = {.json = true,
                                                .threads = true,
                                                .out = "folder for heat maps and panels",
                                                .out_required = true},
                                       .clinical = true},
                                      run);
}

}  // namespace cxrnet::app
