// calibrate: the ranges of values that int8 needs, measured on training images and stored in the
// model file.
#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/printable.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/data/splits.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/pipeline/precision.h"
#include "cxrnet/pipeline/sha256.h"
#include "framework/default_model.h"
#include "framework/inputs.h"
#include "framework/naming.h"

namespace cxrnet::app {
namespace {

struct CalibrateOptions {
  std::string data;
  std::string split_column = "group_split";
  std::string side = "train";
  std::string model;
  int64_t images = 64;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.data, Field{"data", "manifest.csv with images such as the model was trained on"});
    visit(self.split_column, Field{"split-column", "column that names each row's side"});
    visit(self.side, Field{"side", "side whose images are used; empty: every row"});
    visit(self.model, Field{"model", "model file; empty: the default model"});
    visit(self.images, Field{"images",
                             "how many images to look at, spread evenly over the rows",
                             {.minimum = 1, .maximum = 10000}});
  }
};

// What int8 would have harmed too much, in words.
std::string spared_text(const nlohmann::json& ranges) {
  if (!ranges.contains("spared"))
    return "; this processor has no int8, so that nobody has looked which layers lose by it";
  std::string text;
  for (const auto& [network, count] : ranges.at("spared").items())
    text += (text.empty() ? "; left out of int8: " : ", ") + count.dump() + " of the " + network +
            "'s maps";
  return text;
}

std::vector<imaging::GreyImage> read_images(const CalibrateOptions& options) {
  const auto manifest = naming("--data", require_data(options.data),
                               [](const auto& file) { return data::read_manifest(file); });
  std::vector<std::size_t> rows;
  if (options.side.empty()) {
    for (std::size_t i = 0; i < manifest.rows.size(); ++i) rows.push_back(i);
  } else {
    rows = data::select_rows(manifest, options.split_column, options.side);
  }
  std::vector<imaging::GreyImage> images;
  for (const auto index : data::spread_evenly(rows, options.images)) {
    if (stop_requested()) {
      throw Error(ErrorCode::interrupted,
                  "calibrate: expected to finish, got a signal; nothing was written, run again");
    }
    const auto& row = manifest.rows[index];
    try {
      images.push_back(imaging::decode_image(read_file(data::resolve_path(manifest, row.path))));
    } catch (const Error& error) {
      throw Error(error.code(), "manifest line " + std::to_string(row.line) + ": " + error.what());
    }
  }
  return images;
}

ExitStatus run(const CalibrateOptions& options, Context& context) {
  auto file = context.open_out_file();
  file.protect(canonical_paths({require_model_path(options.model), options.data}));
  auto model = naming("--model", require_model_path(options.model), nn::load_model);
  const auto images = read_images(options);
  model.int8_ranges = pipeline::measure_int8_ranges(model, images);
  const auto bytes = nn::format_model(model);
  file.write(bytes);
  context.save_configuration(file);
  if (context.common.json) {
    const auto digest = pipeline::sha256_hex(bytes);
    context.console.print_json({{"schema", "cxrnet.calibrate/1"},
                                {"file", file.path().string()},
                                {"images", images.size()},
                                {"model", nn::to_json(nn::identity_of(model, digest))},
                                {"spared", model.int8_ranges.value("spared", nlohmann::json())},
                                {"notice", kResearchUse}});
  } else {
    context.console.print_line(printable(file.path().string()) + ": ranges for int8 measured on " +
                               std::to_string(images.size()) + " images" +
                               spared_text(model.int8_ranges));
  }
  return ExitStatus::all_done;
}

}  // namespace

Command calibrate_command() {
  return make_command<CalibrateOptions>(
      {.verb = "calibrate",
       .group = "Models",
       .summary = "measure what a model needs to be computed in int8",
       .example = "cxrnet calibrate --data manifest.csv --out calibrated.safetensors",
       .uses = {.json = true,
                .threads = true,
                .out = "model file to write",
                .out_required = true,
                .overwrite = true},
       .clinical = true},
      run);
}

}  // namespace cxrnet::app
