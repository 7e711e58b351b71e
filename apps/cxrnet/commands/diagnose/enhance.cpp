// enhance: the contrast enhancement of the paper alone, at the image's own size.
#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/imaging/clahe.h"
#include "cxrnet/imaging/decode.h"
#include "cxrnet/imaging/encode.h"
#include "framework/inputs.h"

namespace cxrnet::app {
namespace {

struct EnhanceOptions {
  double clip_limit = 2.0;  // a multiple of the mean histogram count; more: contrast and noise
  int64_t tiles = 8;        // regions per side; more: more local

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.clip_limit, Field{"clip-limit",
                                 "CLAHE clip limit; higher gives more contrast and more noise",
                                 {.maximum = 100, .above = 0}});
    visit(self.tiles, Field{"tiles",
                            "CLAHE regions per side; more is more local",
                            {.minimum = 1, .maximum = 64}});
  }
};

ExitStatus run(const EnhanceOptions& options, Context& context) {
  auto folder = context.open_out_folder();
  auto inputs = expand_inputs(context.arguments("INPUT"), folder);
  nlohmann::json images = nlohmann::json::array();
  Table table{.header = {"input", "file", "width", "height"}, .rows = {}};
  auto batch = for_each_input(context.console, inputs, [&](const Input& input) {
    const auto grey = imaging::to_8bit(imaging::decode_image(read_file(input.path)));
    const auto enhanced =
        imaging::apply_clahe(grey, options.clip_limit, static_cast<int>(options.tiles));
    const std::string name = input.stem + ".enhanced.png";
    folder.add(name, imaging::encode_png(enhanced), OutputKind::picture);
    images.push_back({{"input", input.path.string()},
                      {"file", name},
                      {"width", enhanced.cols},
                      {"height", enhanced.rows}});
    table.rows.push_back(
        {input.path.string(), name, std::to_string(enhanced.cols), std::to_string(enhanced.rows)});
  });
  const auto unwritten = commit_outputs(folder, context.console, batch);
  write_last(batch, [&] { context.save_configuration(folder); });
  if (context.common.json) {
    nlohmann::json result{{"schema", "cxrnet.enhance/1"},
                          {"images", images},
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

Command enhance_command() {
  return make_command<EnhanceOptions>(
      {.verb = "enhance",
       .group = "Images",
       .summary = "write contrast-enhanced copies (CLAHE, 8-bit PNG)",
       .example = "cxrnet enhance scans/ --out enhanced",
       .positionals = {input_positional()},
       .uses = {.json = true,
                .out = "folder for the PNG files",
                .out_required = true,
                .overwrite = true}},
      run);
}

}  // namespace cxrnet::app
