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
#include "framework/inputs.h"
#include "framework/naming.h"
#include "framework/version.h"

namespace cxrnet {
namespace app {

enum class ExportFormat { onnx, torchscript };
enum class ExportedPart { classifier, segmenter };
enum class ExportedInput {
  prepared,  ///< a square after resize, lung cut and CLAHE
  grey,      ///< 8-bit pixels of any size: these steps are in the graph
};

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
template <>
struct EnumNames<app::ExportedInput> {
  static constexpr std::array<std::pair<app::ExportedInput, std::string_view>, 2> values{
      {{app::ExportedInput::prepared, "prepared"}, {app::ExportedInput::grey, "grey"}}};
};

namespace app {
namespace {

struct ExportOptions {
  std::string model;
  ExportFormat format = ExportFormat::onnx;
  ExportedPart network = ExportedPart::classifier;
  ExportedInput input = ExportedInput::prepared;
  int64_t size = 0;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.model, Field{"model", "model file; empty: the default model"});
    visit(self.format, Field{"format", "format of the file"});
    visit(self.network, Field{"network", "which of the model's networks"});
    visit(self.input,
          Field{"input",
                "what the file takes: prepared, a square in [0, 1] after resize, lung cut and "
                "CLAHE; grey, 8-bit pixels of any size, these steps being in the graph (ONNX)"});
    visit(self.size, Field{"size",
                           "side of the images that it will be given, in pixels; 0: the size that "
                           "the model was trained for",
                           {.minimum = 0, .maximum = 2048}});
  }
};

bool cuts_lungs(const ExportOptions& options, const nn::Preprocessing& preprocessing) {
  return options.network == ExportedPart::classifier && preprocessing.arm == nn::Arm::segmented;
}

bool equalises(const ExportOptions& options, const nn::Preprocessing& preprocessing) {
  return options.network == ExportedPart::classifier && preprocessing.clahe;
}

// The steps between a file and its answer, those that the graph holds and those that are left to
// its user.
struct Steps {
  nlohmann::json inside = nlohmann::json::array();
  nlohmann::json outside = nlohmann::json::array();
};

Steps steps_of(const ExportOptions& options, const nn::Preprocessing& preprocessing) {
  Steps steps;
  steps.outside.push_back("decoding, DICOM's grey values, refusals and flags");
  auto& before = options.input == ExportedInput::grey ? steps.inside : steps.outside;
  before.push_back("resize to the square");
  if (cuts_lungs(options, preprocessing)) {
    before.push_back("lungs by the segmenter, cut at one half");
    steps.outside.push_back("the two largest parts of the lungs alone, holes filled");
    before.push_back("black outside of the lungs");
  }
  if (equalises(options, preprocessing)) before.push_back("CLAHE");
  before.push_back("grey values to [0, 1]");
  steps.inside.push_back("normalisation by mean and deviation");
  steps.inside.push_back("network");
  if (options.network == ExportedPart::classifier)
    steps.outside.push_back("softmax of logits / temperature");
  return steps;
}

// What a user of the file has to do to an image before, and to the answer after.
std::map<std::string, std::string> metadata_of(const ExportOptions& options,
                                               const pipeline::LoadedModel& model, int64_t size) {
  auto preprocessing = options_to_json(model.file.preprocessing);
  preprocessing["size"] = size;
  const auto steps = steps_of(options, model.file.preprocessing);
  const auto identity = nn::identity_of(model.file, model.sha256);
  return {{"name", identity.name},
          {"sha256", identity.sha256},
          {"limits", identity.limits},
          {"population", identity.population},
          {"labels", nlohmann::json(nn::kLabels).dump()},
          {"input", std::string(to_string(options.input))},
          {"preprocessing", preprocessing.dump()},
          {"in_graph", steps.inside.dump()},
          {"not_in_graph", steps.outside.dump()},
          {"temperature", nlohmann::json(model.file.calibration.temperature).dump()},
          {"licence", model.file.licence},
          {"producer", std::string("cxrnet ") + kVersion},
          {"notice", kResearchUse}};
}

// ["a", "b"] as "a; b".
std::string listed(const std::string& list) {
  return join(nlohmann::json::parse(list).get<std::vector<std::string>>(), "; ");
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

// The steps in front of the network. Errors: invalid_option for those that a graph cannot hold.
engine::GreySteps grey_steps(const ExportOptions& options, const pipeline::LoadedModel& model) {
  const auto& preprocessing = model.file.preprocessing;
  const auto refuse = [](const std::string& expected, const std::string& got) {
    throw Error(ErrorCode::invalid_option, "input: expected " + expected + " for grey, got " + got +
                                               "; export with --input prepared");
  };
  if (options.format != ExportFormat::onnx) refuse("--format onnx", "torchscript");
  if (preprocessing.aspect != nn::Aspect::squeeze)
    refuse("a model that squeezes images to the square", "one that keeps their aspect");
  if (cuts_lungs(options, preprocessing) && preprocessing.mask_dilation > 0)
    refuse("a lung mask as it is", "one that is dilated");
  engine::GreySteps steps;
  if (cuts_lungs(options, preprocessing)) {
    steps.segmenter =
        engine::segmenter_function(require_network(model.file.segmenter, ExportedPart::segmenter));
  }
  if (equalises(options, preprocessing)) {
    steps.clahe_clip_limit = preprocessing.clahe_clip_limit;
    steps.clahe_tiles = preprocessing.clahe_tiles;
  }
  return steps;
}

engine::ExportedNetwork network_of(const ExportOptions& options,
                                   const pipeline::LoadedModel& model) {
  const auto side = options.size == 0 ? model.file.preprocessing.size : options.size;
  engine::ExportedNetwork network{.function = {},
                                  .size = {side, side},
                                  .outputs = {"lung_probability"},
                                  .metadata = metadata_of(options, model, side),
                                  .name = model.file.name};
  if (options.input == ExportedInput::grey) network.grey = grey_steps(options, model);
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
  file.protect(canonical_paths({require_model_path(options.model)}));
  const auto network = network_of(options, model);
  const auto bytes = options.format == ExportFormat::onnx ? engine::to_onnx(network)
                                                          : engine::to_torchscript(network);
  file.write(bytes);
  context.save_configuration(file);
  const bool grey = options.input == ExportedInput::grey;
  const nlohmann::json shape = grey ? nlohmann::json{"N", 1, "H", "W"}
                                    : nlohmann::json{"N", 1, network.size[0], network.size[1]};
  auto outputs = network.outputs;
  if (grey) outputs.emplace_back(engine::kPreparedOutput);
  const nlohmann::json result{{"schema", "cxrnet.export/1"},
                              {"file", file.path().string()},
                              {"format", to_string(options.format)},
                              {"network", to_string(options.network)},
                              {"input", {{"image", shape}}},
                              {"type", grey ? "uint8" : "float32"},
                              {"outputs", outputs},
                              {"metadata", network.metadata},
                              {"model", nn::to_json(nn::identity_of(model.file, model.sha256))},
                              {"notice", kResearchUse}};
  if (context.common.json) {
    context.console.print_json(result);
  } else {
    const auto square = std::to_string(network.size[0]) + ", " + std::to_string(network.size[1]);
    context.console.print_line(
        printable(file.path().string()) + ": input image " +
        (grey ? "[N, 1, H, W] in 8 bits" : "[N, 1, " + square + "] in [0, 1]") + ", outputs " +
        join(outputs));
    context.console.print_line("not in the graph: " + listed(network.metadata.at("not_in_graph")));
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
