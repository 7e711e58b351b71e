// export: a model's network for other runtimes.
#include "cxrnet/engine/export.h"

#include "commands/commands.h"
#include "cxrnet/core/printable.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/pipeline/loaded_model.h"
#include "framework/default_model.h"
#include "framework/naming.h"
#include "framework/version.h"

namespace cxrnet {
namespace app {

enum class ExportFormat { onnx, torchscript };
enum class ExportedPart { classifier, segmenter };

}  // namespace app

template <>
struct EnumNames<app::ExportFormat> {
  static constexpr std::array<std::pair<app::ExportFormat, std::string_view>, 2> values{
      {{app::ExportFormat::onnx, "onnx"}, {app::ExportFormat::torchscript, "torchscript"}}};
};
template <>
struct EnumNames<app::ExportedPart> {
  static constexpr std::array<std::pair<app::ExportedPart, std::string_view>, 2> values{
      {{app::ExportedPart::classifier, "classifier"}, {app::ExportedPart::segmenter, "segmenter"}}};
};

namespace app {
namespace {

struct ExportOptions {
  std::string model;
  ExportFormat format = ExportFormat::onnx;
  ExportedPart network = ExportedPart::classifier;
  int64_t size = 0;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.model, Field{"model", "model file; empty: the default model"});
    visit(self.format, Field{"format", "format of the file"});
    visit(self.network, Field{"network", "which of the model's networks"});
    visit(self.size, Field{"size",
                           "side of the images that it will be given, in pixels; 0: the size that "
                           "the model was trained for",
                           {.minimum = 0, .maximum = 2048}});
  }
};

// What a user of the file has to do to an image before, and to the answer after.
std::map<std::string, std::string> metadata_of(const pipeline::LoadedModel& model, int64_t size) {
  auto preprocessing = options_to_json(model.file.preprocessing);
  preprocessing["size"] = size;
  const auto identity = nn::identity_of(model.file, model.sha256);
  return {{"name", identity.name},
          {"sha256", identity.sha256},
          {"limits", identity.limits},
          {"population", identity.population},
          {"labels", nlohmann::json(nn::kLabels).dump()},
          {"preprocessing", preprocessing.dump()},
          {"temperature", nlohmann::json(model.file.calibration.temperature).dump()},
          {"licence", model.file.licence},
          {"producer", std::string("cxrnet ") + kVersion},
          {"notice", kResearchUse}};
}

template <class Network>
Network require_network(Network network, ExportedPart part) {
  if (!network) {
    throw Error(ErrorCode::corrupt_model,
                "model: expected a " + std::string(to_string(part)) +
                    ", got a file without one; choose the other --network or another --model");
  }
  return network;
}

engine::ExportedNetwork network_of(const ExportOptions& options,
                                   const pipeline::LoadedModel& model) {
  const auto side = options.size == 0 ? model.file.preprocessing.size : options.size;
  engine::ExportedNetwork network{.function = {},
                                  .size = {side, side},
                                  .outputs = {"lung_probability"},
                                  .metadata = metadata_of(model, side),
                                  .name = model.file.name};
  if (options.network == ExportedPart::segmenter) {
    network.function =
        engine::segmenter_function(require_network(model.file.segmenter, options.network));
    return network;
  }
  auto classifier = require_network(model.file.classifier, options.network);
  network.outputs = {"logits", "features"};
  if (classifier->has_decoder()) network.outputs.emplace_back("representation");
  network.function = engine::classifier_function(classifier);
  return network;
}

ExitStatus run(const ExportOptions& options, Context& context) {
  auto file = context.open_out_file();
  const auto model =
      naming("--model", require_model_path(options.model), pipeline::load_model_with_digest);
  const auto network = network_of(options, model);
  const auto bytes = options.format == ExportFormat::onnx ? engine::to_onnx(network)
                                                          : engine::to_torchscript(network);
  file.write(bytes);
  context.save_configuration(file);
  const nlohmann::json result{{"schema", "cxrnet.export/1"},
                              {"file", file.path().string()},
                              {"format", to_string(options.format)},
                              {"network", to_string(options.network)},
                              {"input", {{"image", {"N", 1, network.size[0], network.size[1]}}}},
                              {"outputs", network.outputs},
                              {"metadata", network.metadata},
                              {"model", nn::to_json(nn::identity_of(model.file, model.sha256))},
                              {"notice", kResearchUse}};
  if (context.common.json) {
    context.console.print_json(result);
  } else {
    context.console.print_line(printable(file.path().string()) + ": input image [N, 1, " +
                               std::to_string(network.size[0]) + ", " +
                               std::to_string(network.size[1]) + "] in [0, 1], outputs " +
                               join(network.outputs, ", "));
    context.console.print_line(kResearchUse);
  }
  return ExitStatus::all_done;
}

}  // namespace

Command export_command() {
  return make_command<ExportOptions>(
      {.verb = "export",
       .group = "Models",
       .summary = "write a model's network as ONNX or TorchScript",
       .example = "cxrnet export --format onnx --out cxrnet.onnx",
       .uses = {.json = true, .out = "file to write", .out_required = true, .overwrite = true},
       .clinical = true},
      run);
}

}  // namespace app
}  // namespace cxrnet
