// info: what this program, a model file or an architecture is made of.
#include "commands/commands.h"
#include "cxrnet/core/instruction_set.h"
#ifndef CXRNET_MINIMAL
#include "cxrnet/core/files.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/pipeline/sha256.h"
#endif
#include "cxrnet/nn/layer_table.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/model_identity.h"
#include "framework/default_model.h"
#include "framework/version.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

struct InfoOptions {
  std::string architecture;  // one of nn::Architecture; empty: no layer table
  int64_t image_size = 224;  // pixels
  double width = 1.0;        // of the encoder, 1 is torchvision's

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.architecture,
          Field{"architecture", "print the layer table of a CXR-Net with this encoder"});
    visit(self.image_size, Field{"image-size",
                                 "side of the example image, in pixels",
                                 {.minimum = 32, .maximum = 2048}});
    visit(self.width, Field{"width",
                            "multiplies every channel count of the encoder; 1 is torchvision's",
                            {.maximum = 4, .above = 0}});
  }
};

// 12345678 -> "12,345,678"
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<std::size_t>(place), 1, ',');
  }
  return digits;
}

std::string format_shape(const std::vector<int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const auto size : shape) sizes.push_back(std::to_string(size));
  return "[" + join(sizes) + "]";
}

json layers_to_json(const nn::LayerTable& layers, const InfoOptions& options) {
  json rows = json::array();
  for (const auto& row : layers.rows) {
    rows.push_back({{"layer", row.name},
                    {"type", row.type},
                    {"output_shape", row.output_shape},
                    {"parameters", row.parameters},
                    {"macs", row.macs}});
  }
  return {{"schema", "cxrnet.info/1"},
          {"architecture", options.architecture},
          {"image_size", options.image_size},
          {"width", options.width},
          {"layers", rows},
          {"parameters", layers.parameters},
          {"macs", layers.macs},
          {"notice", kResearchUse}};
}

void print_architecture(const InfoOptions& options, Context& context) {
  nn::CxrNetOptions network_options;
  network_options.encoder.architecture =
      parse_enum<nn::Architecture>(options.architecture, "architecture");
  network_options.encoder.width = options.width;
  nn::CxrNet network(network_options);
  const auto layers = nn::describe_layers(network, options.image_size);
  if (context.common.json) {
    context.console.print_json(layers_to_json(layers, options));
    return;
  }
  Table table{.header = {"layer", "type", "output shape", "parameters", "MACs"}, .rows = {}};
  for (const auto& row : layers.rows) {
    table.rows.push_back({row.name, row.type, format_shape(row.output_shape),
                          grouped(row.parameters), grouped(row.macs)});
  }
  table.rows.push_back({"total", "", "", grouped(layers.parameters), grouped(layers.macs)});
  context.console.print_table(table);
}

// Nested objects become "preprocessing.size"; an array of plain values stays on one line.
void flatten(const json& value, const std::string& name, Table& table) {
  if (!value.is_object()) {
    table.rows.push_back({name, format_value(value)});
    return;
  }
  for (const auto& [key, member] : value.items())
    flatten(member, name.empty() ? key : name + "." + key, table);
}

// The description in the file, with what every output says of a model.
json model_facts(const std::filesystem::path& path) {
  json facts = nn::describe_model(path);
  std::string sha256;
#ifndef CXRNET_MINIMAL
  sha256 = pipeline::sha256_hex(read_file(path, kMaxLargeFileBytes));
#endif
  facts.update(nn::to_json(nn::identity_of(facts, sha256)));
  return facts;
}

void print_model(const std::string& path, Context& context) {
  const json metadata = model_facts(path);
  if (context.common.json) {
    context.console.print_json(
        {{"schema", "cxrnet.info/1"}, {"model", metadata}, {"notice", kResearchUse}});
    return;
  }
  Table table{.header = {"fact", "value"}, .rows = {}};
  flatten(metadata, "", table);
  context.console.print_table(table);
  context.console.print_line(kResearchUse);
}

json default_model_facts() {
  const auto path = find_default_model();
  return path ? model_facts(*path) : json(nullptr);
}

// Instructions that are used, which CXRNET_MAX_CPU_ISA limits.
json processor_facts() {
  json facts = {{"loop_instructions", to_string(loop_instruction_set())}};
#ifndef CXRNET_MINIMAL
  facts["kernel_instructions"] = to_string(engine::kernel_instruction_set());
#endif
  return facts;
}

void print_build(Context& context) {
  json build = json::object();
  for (const auto& [name, value] : build_facts()) build[name] = value;
  const json model = default_model_facts();
  if (context.common.json) {
    context.console.print_json({{"schema", "cxrnet.info/1"},
                                {"version", kVersion},
                                {"build", build},
                                {"processor", processor_facts()},
                                {"default_model", model},
                                {"notice", kResearchUse}});
    return;
  }
  Table table{.header = {"fact", "value"}, .rows = {{"version", kVersion}}};
  for (const auto& [name, value] : build_facts()) table.rows.push_back({name, value});
  flatten(processor_facts(), "processor", table);
  if (model.is_null()) {
    table.rows.push_back({"default model", "none found"});
  } else {
    flatten(model, "default model", table);
  }
  context.console.print_table(table);
  context.console.print_line(kResearchUse);
}

ExitStatus run(const InfoOptions& options, Context& context) {
  const std::string model = context.argument("MODEL");
  if (!model.empty() && !options.architecture.empty()) {
    throw Error(ErrorCode::invalid_option,
                "info: expected a model or --architecture, got both; give one of them");
  }
  if (!options.architecture.empty()) {
    print_architecture(options, context);
  } else if (!model.empty()) {
    print_model(model, context);
  } else {
    print_build(context);
  }
  return ExitStatus::all_done;
}

}  // namespace

Command info_command() {
  Command command = make_command<InfoOptions>(
      {.verb = "info",
       .group = "Models",
       .summary = "tell what this program, a model file or an architecture is made of",
       .example = "cxrnet info --architecture resnet50",
       .positionals = {{.name = "MODEL",
                        .help = "model file; none: the program and its default model",
                        .required = false}},
       .uses = {.json = true, .threads = true},
       .clinical = true},
      run);
  for (auto& row : command.rows) {
    if (row.name == "architecture") row.choices = enum_names<nn::Architecture>();
  }
  return command;
}

}  // namespace cxrnet::app
