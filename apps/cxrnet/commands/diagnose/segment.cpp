// segment: lung masks.
#include <opencv2/imgproc.hpp>

#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/overlay.h"
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/pipeline/golden_check.h"
#include "cxrnet/pipeline/input.h"
#include "cxrnet/pipeline/loaded_model.h"
#include "cxrnet/pipeline/segmentation.h"
#include "framework/default_model.h"
#include "framework/inputs.h"
#include "framework/naming.h"

namespace cxrnet::app {
namespace {

struct SegmentOptions {
  std::string model;
  bool outline = true;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.model, Field{"model", "model file; empty: the default model"});
    visit(self.outline, Field{"outline", "also write the X-ray with the lungs' outline"});
  }
};

pipeline::LoadedModel load_segmenter(const std::string& path) {
  auto model = naming("--model", require_model_path(path), pipeline::load_model_with_digest);
  if (!model.file.segmenter) {
    throw Error(ErrorCode::corrupt_model,
                "model: expected a segmenter, got a file without one; give another with --model");
  }
  return model;
}

std::string outline_png(const cv::Mat& image, const cv::Mat& mask) {
  cv::Mat picture;
  cv::cvtColor(image, picture, cv::COLOR_GRAY2BGR);
  imaging::draw_lung_outline(picture, mask);
  return imaging::encode_png(picture);
}

ExitStatus run(const SegmentOptions& options, Context& context) {
  const auto loaded = load_segmenter(options.model);
  const auto& model = loaded.file;
  auto folder = context.open_out_folder();
  auto inputs = expand_inputs(context.arguments("INPUT"), folder);
  auto segmenter = pipeline::checked_segmenter(model.segmenter, model.preprocessing.size,
                                               engine::options_for(inputs.accepted.size()));
  nlohmann::json images = nlohmann::json::array();
  Table table{.header = {"image", "lung fraction"}, .rows = {}};
  auto batch = for_each_input(context.console, inputs, [&](const Input& input) {
    const auto square =
        pipeline::to_square(imaging::decode_image(read_file(input.path)), model.preprocessing);
    const auto mask = imaging::back_to_source(pipeline::segment_lungs(segmenter, square.square),
                                              square.placement, cv::INTER_NEAREST);
    const double fraction = pipeline::lung_fraction(mask);
    folder.add(input.stem + ".mask.png", imaging::encode_png(mask), OutputKind::picture);
    if (options.outline)
      folder.add(input.stem + ".outline.png", outline_png(square.source, mask),
                 OutputKind::picture);
    images.push_back(
        {{"input", input.path.string()}, {"stem", input.stem}, {"lung_fraction", fraction}});
    table.rows.push_back({input.stem, format_fixed(fraction, 3)});
  });
  const auto unwritten = commit_outputs(folder, context.console, batch);
  write_last(batch, [&] { context.save_configuration(folder); });
  if (context.common.json) {
    nlohmann::json result{{"schema", "cxrnet.segment/1"},
                          {"images", images},
                          {"model", nn::to_json(nn::identity_of(model, loaded.sha256))},
                          {"refused", refusals_to_json(inputs.refused)},
                          {"unwritten", unwritten},
                          {"notice", kResearchUse}};
    tell_completeness(result, batch);
    context.console.print_json(result);
  } else if (!table.rows.empty()) {
    context.console.print_table(table);
  }
  return batch.end();
}

}  // namespace

Command segment_command() {
  return make_command<SegmentOptions>({.verb = "segment",
                                       .group = "Images",
                                       .summary = "write lung masks",
                                       .example = "cxrnet segment scans/ --out masks",
                                       .positionals = {input_positional()},
                                       .uses = {.json = true,
                                                .threads = true,
                                                .out = "folder for the masks",
                                                .out_required = true,
                                                .overwrite = true},
                                       .clinical = true},
                                      run);
}

}  // namespace cxrnet::app
