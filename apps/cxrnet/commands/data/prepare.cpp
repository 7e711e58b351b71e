// prepare: a manifest's images as shards for training, decoded, segmented and enhanced once.
#include "commands/commands.h"
#include "cxrnet/data/duplicates.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/picture_decoder.h"
#include "cxrnet/pipeline/preparation.h"
#include "cxrnet/pipeline/preparer.h"
#include "framework/inputs.h"
#include "framework/naming.h"
#include "framework/version.h"

namespace cxrnet::app {
namespace {

struct PrepareOptions {
  pipeline::PreparationOptions preparation;
  std::string segmenter;
  bool require_masks = false;
  std::string split_column = "group_split";
  std::string side;
  bool allow_leak = false;
  data::Duplicates duplicates = data::Duplicates::ignore;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    cxrnet::visit_fields(self.preparation, visit);
    visit(self.segmenter, Field{"segmenter", "model file whose segmenter predicts the lung masks"});
    visit(
        self.require_masks,
        Field{"require-masks", "leave out rows without an annotated mask (to train a segmenter)"});
    visit(self.split_column, Field{"split-column", "column that names each row's side"});
    visit(self.side, Field{"side", "side to prepare, such as train; empty: every row"});
    visit(self.allow_leak,
          Field{"allow-leak", "prepare although patients of this side are on another one, too"});
    visit(self.duplicates,
          Field{"duplicates", "look for copies of a picture on two sides: report, refuse, ignore"});
  }
};

void print_summary(Context& context, std::size_t written, const std::vector<Refusal>& refused,
                   const Batch& batch) {
  if (context.common.json) {
    nlohmann::json result{{"schema", "cxrnet.prepare/1"},
                          {"images", written},
                          {"refused", refusals_to_json(refused)},
                          {"notice", kResearchUse}};
    tell_completeness(result, batch);
    context.console.print_json(result);
  } else if (!batch.complete()) {
    context.console.print_line("cut off after " + std::to_string(written) +
                               " images: no data set was written; run again");
  } else {
    context.console.print_line(std::to_string(written) + " images prepared, " +
                               std::to_string(refused.size()) + " refused");
  }
}

// The rows to prepare. Shards of one side no longer show who is on the other one: leaks are refused
// here.
data::Manifest read_rows(const std::string& path, const PrepareOptions& options, Console& console) {
  auto manifest =
      naming("MANIFEST", path, [](const auto& file) { return data::read_manifest(file); });
  for (const auto& note : data::check_duplicates(manifest, options.split_column, options.side,
                                                 options.duplicates, pipeline::decode_picture))
    console.message("note: " + note);
  if (!options.side.empty()) {
    auto chosen =
        data::one_side(std::move(manifest), options.split_column, options.side, options.allow_leak);
    for (const auto& note : chosen.notes) console.message("note: " + note);
    manifest = std::move(chosen.manifest);
  }
  if (options.require_masks)
    std::erase_if(manifest.rows, [](const auto& row) { return row.mask_path.empty(); });
  return manifest;
}

ExitStatus run(const PrepareOptions& options, Context& context) {
  const auto manifest = read_rows(context.argument("MANIFEST"), options, context.console);
  nn::UNet segmenter{nullptr};
  if (!options.segmenter.empty())
    segmenter = naming("--segmenter", options.segmenter, nn::load_model).segmenter;
  pipeline::Preparer preparer(manifest, options.preparation, segmenter);
  auto folder = context.open_out_folder();
  data::ShardWriter writer(folder.path(),
                           pipeline::describe_preparation(options.preparation, manifest.rows.size(),
                                                          std::string("cxrnet ") + kVersion),
                           data::kDefaultShardBytes, context.replace());

  Inputs rows;  // one input per manifest row, named by its line, so that no path reaches a message
  for (const auto& row : manifest.rows)
    rows.accepted.push_back({"manifest line " + std::to_string(row.line), row.image_id});
  std::size_t next = 0;
  std::size_t written = 0;
  const auto batch = for_each_input(context.console, rows, [&](const Input&) {
    writer.add(preparer.prepare(manifest.rows[next++]));
    ++written;
  });
  if (batch.complete()) {  // a part of a data set is none: trainings would not look
    if (written > 0) writer.finish();
    context.save_configuration(folder);
  }
  print_summary(context, written, rows.refused, batch);
  return batch.end();
}

}  // namespace

Command prepare_command() {
  return make_command<PrepareOptions>(
      {.verb = "prepare",
       .group = "Data and training",
       .summary = "decode, segment and enhance a manifest's images once, into shards for training",
       .example = "cxrnet prepare manifest.csv --segmenter lungs/model.safetensors --size 224 "
                  "--out shards",
       .positionals = {{.name = "MANIFEST", .help = "manifest.csv"}},
       .uses = {.json = true,
                .threads = true,
                .out = "folder for the shards",
                .out_required = true,
                .overwrite = true}},
      run);
}

}  // namespace cxrnet::app
