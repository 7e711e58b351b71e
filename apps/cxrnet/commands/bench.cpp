// bench: how fast the engine is on this machine, beside other runtimes, in alternating runs.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <fstream>

#include "commands/bench_contenders.h"
#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/work_folder.h"
#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/report/roofline.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

constexpr double kGiga = 1e9;
constexpr double kExportTolerance = 1e-4;  // of ONNX Runtime's probabilities and maps against nn's
constexpr int64_t kLayerRuns = 15;

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

struct BenchRow {
  BenchContender contender;
  engine::Timing timing;
  double largest_difference;  // of probabilities and maps, from nn's
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
    largest = std::max(largest, (ours - theirs).abs().max().item<double>());
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

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

const BenchRow* find_row(const std::vector<BenchRow>& rows, std::string_view runtime,
                         engine::Precision precision) {
  for (const auto& row : rows) {
    if (row.contender.runtime == runtime && row.contender.precision == precision) return &row;
  }
  return nullptr;
}

struct LayerTime {
  engine::StepInfo info;
  double seconds;
};

std::vector<LayerTime> time_layers(const BenchCase& bench, engine::Precision precision) {
  auto compiled = compile_case(bench, precision);
  const auto seconds = compiled.time_steps(bench.image, kLayerRuns);
  std::vector<LayerTime> layers;
  for (std::size_t i = 0; i < seconds.size(); ++i)
    layers.push_back({compiled.steps()[i], seconds[i]});
  return layers;
}

// Everything that was measured, from which the table and the JSON are made.
struct BenchResult {
  std::vector<BenchRow> rows;
  std::vector<MissingPeer> missing;
  std::map<engine::Precision, double> peaks;  // operations per second
  double operations;                          // of one batch
  double memory_bytes_per_second;
  std::vector<LayerTime> layers;
  engine::Precision layers_precision = engine::Precision::f32;
};

double operations_of(const BenchCase& bench) {
  const auto graph = engine::trace(bench.network.function, bench.network.size);
  int64_t products = 0;
  for (const auto& node : graph.nodes) products += engine::multiply_accumulates(graph, node);
  return 2.0 * static_cast<double>(products * bench.image.size(0));
}

std::optional<double> ratio_of(const BenchResult& result, const BenchRow& row) {
  const auto* peer = find_row(result.rows, "onnxruntime", engine::Precision::f32);
  if (peer == nullptr) return std::nullopt;
  return peer->timing.median() / row.timing.median();
}

std::string ratio_text(const std::optional<double>& ratio) {
  return ratio ? format_fixed(*ratio, 2) : "-";
}

void print_tables(const BenchOptions& options, const BenchResult& result, Console& console) {
  console.print_line(options.architecture + ", " + std::to_string(options.size) + " px, batch " +
                     std::to_string(options.batch) + ", " + std::to_string(at::get_num_threads()) +
                     " threads, " + format_fixed(result.operations / kGiga, 1) + " GFLOP; " +
                     processor_name());
  for (const auto& [precision, peak] : result.peaks) {
    console.print_line("peak of a large convolution, " + std::string(to_string(precision)) + ": " +
                       format_fixed(peak / kGiga, 0) + " GFLOP/s");
  }
  Table table{.header = {"runtime", "precision", "ms", "least", "greatest", "images/s",
                         "over ONNX Runtime", "GFLOP/s", "% of peak", "difference"},
              .rows = {}};
  for (const auto& row : result.rows) {
    const double seconds = row.timing.median();
    const double rate = result.operations / seconds;
    std::array<char, 16> difference{};
    std::snprintf(difference.data(), difference.size(), "%.0e", row.largest_difference);
    table.rows.push_back({row.contender.name, std::string(to_string(row.contender.precision)),
                          format_fixed(seconds * 1e3, 1), format_fixed(row.timing.least() * 1e3, 1),
                          format_fixed(row.timing.greatest() * 1e3, 1),
                          format_fixed(static_cast<double>(options.batch) / seconds, 1),
                          ratio_text(ratio_of(result, row)), format_fixed(rate / kGiga, 0),
                          format_fixed(100.0 * rate / result.peaks.at(row.contender.precision), 0),
                          difference.data()});
  }
  console.print_table(table);
  if (result.layers.empty()) return;
  const double peak = result.peaks.at(result.layers_precision);
  Table layers{.header = {"layer, " + std::string(to_string(result.layers_precision)), "kernel",
                          "ms", "GFLOP/s", "% of peak"},
               .rows = {}};
  for (const auto& [info, seconds] : result.layers) {
    const double rate = 2.0 * static_cast<double>(info.multiply_accumulates) / seconds;
    layers.rows.push_back(
        {info.name, info.implementation, format_fixed(seconds * 1e3, 3),
         info.multiply_accumulates > 0 ? format_fixed(rate / kGiga, 0) : "-",
         info.multiply_accumulates > 0 ? format_fixed(100.0 * rate / peak, 0) : "-"});
  }
  console.print_table(layers);
}

json row_json(const BenchOptions& options, const BenchResult& result, const BenchRow& row) {
  const double seconds = row.timing.median();
  const auto ratio = ratio_of(result, row);
  const double rate = result.operations / seconds;
  return {
      {"name", row.contender.name},
      {"runtime", row.contender.runtime},
      {"precision", to_string(row.contender.precision)},
      {"seconds",
       {{"median", seconds}, {"least", row.timing.least()}, {"greatest", row.timing.greatest()}}},
      {"images_per_second", static_cast<double>(options.batch) / seconds},
      {"ratio", ratio ? json(*ratio) : json()},
      {"gflop_per_second", rate / kGiga},
      {"peak_share", rate / result.peaks.at(row.contender.precision)},
      {"largest_difference", row.largest_difference}};
}

// f32 is called fp32 where it is compared with other runtimes.
std::string compared_name(engine::Precision precision) {
  return precision == engine::Precision::f32 ? "fp32" : std::string(to_string(precision));
}

json to_result(const BenchOptions& options, const BenchResult& result) {
  json rows = json::array();
  for (const auto& row : result.rows) rows.push_back(row_json(options, result, row));
  json ratios = json::object();
  json shares = json::object();
  json peaks = json::object();
  for (const auto& [precision, peak] : result.peaks) {
    const auto name = compared_name(precision);
    peaks[name] = peak / kGiga;
    const auto* ours = find_row(result.rows, "cxrnet", precision);
    const auto ratio = ours == nullptr ? std::nullopt : ratio_of(result, *ours);
    ratios[name] = ratio ? json(*ratio) : json();
    shares[name] =
        ours == nullptr ? json() : json(result.operations / ours->timing.median() / peak);
  }
  json missing = json::array();
  for (const auto& peer : result.missing)
    missing.push_back({{"runtime", peer.runtime}, {"reason", peer.reason}});
  json layers = json::array();
  for (const auto& [info, seconds] : result.layers) {
    layers.push_back({{"layer", info.name},
                      {"kernel", info.implementation},
                      {"seconds", seconds},
                      {"flop", 2 * info.multiply_accumulates},
                      {"bytes", info.bytes}});
  }
  return {{"schema", "cxrnet.bench/1"},
          {"architecture", options.architecture},
          {"size", options.size},
          {"batch", options.batch},
          {"threads", at::get_num_threads()},
          {"processor", processor_name()},
          {"gflop", result.operations / kGiga},
          {"peak_gflop_per_second", peaks},
          {"memory_gigabytes_per_second", result.memory_bytes_per_second / kGiga},
          {"ratios", ratios},
          {"peak_share", shares},
          {"rows", rows},
          {"missing", missing},
          {"layers", layers}};
}

void write_roofline(const BenchResult& result, const std::filesystem::path& file) {
  std::vector<report::RooflineLayer> layers;
  for (const auto& [info, seconds] : result.layers) {
    const double operations = 2.0 * static_cast<double>(info.multiply_accumulates);
    if (operations > 0)
      layers.push_back(
          {info.name, operations / static_cast<double>(info.bytes), operations / seconds});
  }
  write_file_atomically(
      file, report::roofline_svg(layers, {std::string(to_string(result.layers_precision)),
                                          result.peaks.at(result.layers_precision),
                                          result.memory_bytes_per_second}));
}

ExitStatus run(const BenchOptions& options, Context& context) {
  const WorkFolder folder("bench");
  const auto bench = make_case(options, folder.path());
  write_case(bench);
  BenchResult result;
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
  const auto answer = to_result(options, result);
  if (!context.common.out.empty()) {
    const auto out = context.create_out_folder();
    write_file_atomically(out / "bench.json", answer.dump(2) + "\n");
    if (options.layers) write_roofline(result, out / "roofline.svg");
    context.save_configuration(out);
  }
  if (context.common.json) {
    context.console.print_json(answer);
  } else {
    print_tables(options, result, context.console);
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
                .out = "folder for bench.json and, with --layers, roofline.svg"}},
      run);
  for (auto& row : command.rows) {
    if (row.name == "architecture") row.choices = enum_names<nn::Architecture>();
    if (row.name == "representation") row.choices = enum_names<nn::Representation>();
  }
  return command;
}

}  // namespace cxrnet::app
