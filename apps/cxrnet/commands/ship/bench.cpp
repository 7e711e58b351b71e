// bench: how fast the engine is on this machine, beside other runtimes, in alternating runs.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "commands/commands.h"
#include "commands/ship/bench_contenders.h"
#include "commands/ship/bench_result.h"
#include "cxrnet/core/instruction_set.h"
#include "cxrnet/core/work_folder.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/nn/cxr_net.h"

namespace cxrnet::app {
namespace {

constexpr double kExportTolerance = 1e-4;  // of ONNX Runtime's probabilities and maps against nn's
constexpr int64_t kLayerRuns = 15;
constexpr const char* kResult = "bench.json";
constexpr const char* kRoofline = "roofline.svg";

struct BenchOptions {
  std::string architecture = "resnet50";
  std::string representation = "image";
  double width = 1.0;
  int64_t size = 224;
  int64_t batch = 1;
  std::vector<std::string> precisions;
  std::vector<std::string> against;
  std::string node_modules;
  int64_t rounds = 9;
  double round_seconds = 1.0;
  bool layers = false;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.architecture, Field{"architecture", "encoder of a CXR-Net with random weights"});
    visit(self.representation, Field{"representation", "what its decoder draws"});
    visit(self.width, Field{"width",
                            "multiplies every channel count of the encoder; 1 is torchvision's",
                            {.maximum = 4, .above = 0}});
    visit(self.size,
          Field{"size", "side of the images, in pixels", {.minimum = 32, .maximum = 2048}});
    visit(self.batch,
          Field{"batch", "images that are answered at once", {.minimum = 1, .maximum = 256}});
    visit(self.precisions,
          Field{"precisions",
                "of the engine, separated by commas; empty: all that this processor has"});
    visit(
        self.against,
        Field{"against",
              "runtimes to compare with, of onnxruntime, pytorch and opencv; empty: those that are "
              "found"});
    visit(self.node_modules,
          Field{"node-modules", "folder in which npm has installed onnxruntime-node"});
    visit(self.rounds,
          Field{"rounds", "rounds in which everyone runs", {.minimum = 1, .maximum = 1000}});
    visit(self.round_seconds,
          Field{"round-seconds", "how long each runs in a round", {.maximum = 600, .above = 0}});
    visit(self.layers, Field{"layers", "also time every layer of the engine"});
  }
};

std::vector<engine::Precision> precisions_of(const BenchOptions& options) {
  std::vector<engine::Precision> precisions;
  for (const auto& name : options.precisions)
    precisions.push_back(parse_enum<engine::Precision>(name, "precisions"));
  if (!precisions.empty()) return precisions;
  for (const auto& [precision, name] : EnumNames<engine::Precision>::values) {
    if (engine::supports(precision)) precisions.push_back(precision);
  }
  return precisions;
}

BenchCase make_case(const BenchOptions& options, const std::filesystem::path& folder) {
  nn::CxrNetOptions network_options;
  network_options.encoder.architecture =
      parse_enum<nn::Architecture>(options.architecture, "architecture");
  network_options.encoder.width = options.width;
  network_options.representation =
      parse_enum<nn::Representation>(options.representation, "representation");
  nn::CxrNet network(network_options);
  std::vector<std::string> outputs{"logits", "features"};
  if (network->has_decoder()) outputs.emplace_back("representation");
  return {.network = {.function = engine::classifier_function(network),
                      .size = {options.size, options.size},
                      .outputs = std::move(outputs),
                      .metadata = {},
                      .name = "cxrnet-" + options.architecture},
          .image = at::rand({options.batch, 1, options.size, options.size}),
          .threads = at::get_num_threads(),
          .folder = folder,
          .node_modules = options.node_modules};
}

// What was asked for by name must be there; otherwise what is there is taken.
std::vector<BenchContender> find_contenders(const BenchOptions& options, const BenchCase& bench,
                                            std::vector<MissingPeer>& missing, Console& console) {
  std::vector<BenchContender> contenders;
  for (const auto precision : precisions_of(options))
    contenders.push_back(engine_contender(bench, precision));
  contenders.push_back(nn_contender(bench));
  const bool asked = !options.against.empty();
  const std::vector<std::string> all{"onnxruntime", "pytorch", "opencv"};
  for (const auto& runtime : asked ? options.against : all) {
    try {
      for (auto& peer : peer_contenders(bench, runtime)) contenders.push_back(std::move(peer));
    } catch (const Error& error) {
      if (asked || error.code() != ErrorCode::not_found) throw;
      missing.push_back({runtime, error.what()});
      console.warning(error.what());
    }
  }
  return contenders;
}

// Probabilities instead of logits, whose size means nothing; the features are left out.
double largest_difference(const std::vector<at::Tensor>& actual,
                          const std::vector<at::Tensor>& expected) {
  double largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i == 1) continue;
    auto ours = actual[i].reshape(expected[i].sizes());
    auto theirs = expected[i];
    if (i == 0) {
      ours = ours.softmax(1);
      theirs = theirs.softmax(1);
    }
    const double difference = (ours - theirs).abs().max().item<double>();
    largest = std::isnan(difference) ? std::numeric_limits<double>::infinity()
                                     : std::max(largest, difference);
  }
  return largest;
}

std::vector<BenchRow> measure(const BenchOptions& options, const BenchCase& bench,
                              std::vector<BenchContender> contenders, Console& console) {
  const auto expected = nn_contender(bench).answer();
  std::vector<engine::Contender> timed;
  std::vector<BenchRow> rows;
  for (auto& contender : contenders) {
    const double difference = largest_difference(contender.answer(), expected);
    if (contender.runtime == "onnxruntime" && difference > kExportTolerance) {
      throw Error(
          ErrorCode::internal,
          "bench: expected ONNX Runtime to answer as nn does, got another answer; report this");
    }
    timed.push_back({.name = contender.name, .run = contender.run});
    rows.push_back(
        {.contender = std::move(contender), .timing = {}, .largest_difference = difference});
  }
  ProgressBar bar(console, "timing", static_cast<int64_t>(timed.size()) * options.rounds, "turns");
  const auto timings = engine::alternate(timed, options.rounds, options.round_seconds,
                                         [&bar](int64_t done, int64_t) { bar.update(done); });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].timing = timings[i];
  return rows;
}

std::vector<LayerTime> time_layers(const BenchCase& bench, engine::Precision precision) {
  auto compiled = compile_case(bench, precision);
  const auto seconds = compiled.time_steps(bench.image, kLayerRuns);
  std::vector<LayerTime> layers;
  for (std::size_t i = 0; i < seconds.size(); ++i)
    layers.push_back({compiled.steps()[i], seconds[i]});
  return layers;
}

double operations_of(const BenchCase& bench) {
  const auto graph = engine::trace(bench.network.function, bench.network.size);
  int64_t products = 0;
  for (const auto& node : graph.nodes) products += engine::multiply_accumulates(graph, node);
  return 2.0 * static_cast<double>(products * bench.image.size(0));
}

void warn_of_limit(Console& console) {
  const auto allowed = allowed_instruction_set();
  if (allowed == InstructionSet::avx512_core_amx) return;
  console.warning("bench: CXRNET_MAX_CPU_ISA limits cxrnet and libtorch to " +
                  std::string(to_string(allowed)) +
                  ", but neither ONNX Runtime nor OpenCV; their ratios are not to be compared");
}

ExitStatus run(const BenchOptions& options, Context& context) {
  warn_of_limit(context.console);
  std::optional<OutputFolder> out;
  if (!context.common.out.empty()) out.emplace(context.open_out_folder({kResult, kRoofline}));
  const WorkFolder folder("bench");
  const auto bench = make_case(options, folder.path());
  write_case(bench);
  BenchResult result{.architecture = options.architecture,
                     .size = options.size,
                     .batch = options.batch,
                     .threads = at::get_num_threads()};
  result.operations = operations_of(bench);
  auto contenders = find_contenders(options, bench, result.missing, context.console);
  for (const auto& contender : contenders) result.peaks[contender.precision] = 0.0;
  for (auto& [precision, peak] : result.peaks) peak = engine::peak_operations_per_second(precision);
  result.memory_bytes_per_second = engine::memory_bytes_per_second();
  result.rows = measure(options, bench, std::move(contenders), context.console);
  if (options.layers) {
    result.layers_precision = precisions_of(options).front();
    result.layers = time_layers(bench, result.layers_precision);
  }
  const auto answer = to_json(result);
  if (out) {
    out->write(kResult, json_text(answer));
    if (options.layers) out->write(kRoofline, format_roofline(result));
    context.save_configuration(*out);
  }
  if (context.common.json) {
    context.console.print_json(answer);
  } else {
    print_tables(result, context.console);
  }
  return ExitStatus::all_done;
}

}  // namespace

Command bench_command() {
  Command command = make_command<BenchOptions>(
      {.verb = "bench",
       .group = "Models",
       .summary = "time the engine on this machine, beside other runtimes",
       .example = "cxrnet bench --architecture resnet50 --against onnxruntime --layers",
       .uses = {.json = true,
                .threads = true,
                .out = "folder for bench.json and, with --layers, roofline.svg",
                .overwrite = true}},
      run);
  for (auto& row : command.rows) {
    if (row.name == "architecture") row.choices = enum_names<nn::Architecture>();
    if (row.name == "representation") row.choices = enum_names<nn::Representation>();
  }
  return command;
}

}  // namespace cxrnet::app
