#include "commands/ship/bench_result.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>

#include "cxrnet/engine/processor.h"
#include "cxrnet/report/roofline.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

constexpr double kGiga = 1e9;

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

std::optional<double> ratio_of(const BenchResult& result, const BenchRow& row) {
  const auto* peer = find_row(result.rows, "onnxruntime", engine::Precision::f32);
  if (peer == nullptr) return std::nullopt;
  return peer->timing.median() / row.timing.median();
}

std::string ratio_text(const std::optional<double>& ratio) {
  return ratio ? format_fixed(*ratio, 2) : "-";
}

json row_json(const BenchResult& result, const BenchRow& row) {
  const double seconds = row.timing.median();
  const auto ratio = ratio_of(result, row);
  const double rate = result.operations / seconds;
  return {
      {"name", row.contender.name},
      {"runtime", row.contender.runtime},
      {"precision", to_string(row.contender.precision)},
      {"seconds",
       {{"median", seconds}, {"least", row.timing.least()}, {"greatest", row.timing.greatest()}}},
      {"images_per_second", static_cast<double>(result.batch) / seconds},
      {"ratio", ratio ? json(*ratio) : json()},
      {"gflop_per_second", rate / kGiga},
      {"peak_share", rate / result.peaks.at(row.contender.precision)},
      {"largest_difference", row.largest_difference}};
}

// Where the layers' time goes.
struct LayerKind {
  std::string name;
  double seconds = 0.0;
  double operations = 0.0;
};

constexpr double kNearPeak = 0.8;

// Layers with products are near the peak of their precision, below it, or in another precision than
// was asked for; all others only move or compare numbers.
std::vector<LayerKind> kinds_of_layers(const BenchResult& result) {
  const std::string precision(to_string(result.layers_precision));
  std::vector<LayerKind> kinds{{.name = precision + ", at 80 % of the peak or more"},
                               {.name = precision + ", slower"},
                               {.name = "left in another precision"},
                               {.name = "without products"}};
  const double peak = result.peaks.at(result.layers_precision);
  for (const auto& [info, seconds] : result.layers) {
    const double operations = 2.0 * static_cast<double>(info.multiply_accumulates);
    const bool is_near = operations >= kNearPeak * peak * seconds;
    const bool is_other = info.precision != result.layers_precision;
    auto& kind = kinds[operations == 0.0 ? 3 : is_other ? 2 : is_near ? 0 : 1];
    kind.seconds += seconds;
    kind.operations += operations;
  }
  return kinds;
}

Table layers_table(const BenchResult& result) {
  const double peak = result.peaks.at(result.layers_precision);
  Table table{.header = {"layer, " + std::string(to_string(result.layers_precision)), "kernel",
                         "ms", "GFLOP/s", "% of peak"},
              .rows = {}};
  for (const auto& [info, seconds] : result.layers) {
    const double rate = 2.0 * static_cast<double>(info.multiply_accumulates) / seconds;
    table.rows.push_back(
        {info.name, info.implementation, format_fixed(seconds * 1e3, 3),
         info.multiply_accumulates > 0 ? format_fixed(rate / kGiga, 0) : "-",
         info.multiply_accumulates > 0 ? format_fixed(100.0 * rate / peak, 0) : "-"});
  }
  return table;
}

Table kinds_table(const BenchResult& result) {
  const double peak = result.peaks.at(result.layers_precision);
  double all = 0.0;
  for (const auto& layer : result.layers) all += layer.seconds;
  Table table{.header = {"kind of layer", "ms", "% of time", "% of peak"}, .rows = {}};
  for (const auto& [name, seconds, operations] : kinds_of_layers(result)) {
    const bool computes = operations > 0.0;
    table.rows.push_back({name, format_fixed(seconds * 1e3, 3),
                          format_fixed(100.0 * seconds / all, 0),
                          computes ? format_fixed(100.0 * operations / seconds / peak, 0) : "-"});
  }
  return table;
}

// f32 is called fp32 where it is compared with other runtimes.
std::string compared_name(engine::Precision precision) {
  return precision == engine::Precision::f32 ? "fp32" : std::string(to_string(precision));
}

}  // namespace

void print_tables(const BenchResult& result, Console& console) {
  console.print_line(result.architecture + ", " + std::to_string(result.size) + " px, batch " +
                     std::to_string(result.batch) + ", " + std::to_string(result.threads) +
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
                          format_fixed(static_cast<double>(result.batch) / seconds, 1),
                          ratio_text(ratio_of(result, row)), format_fixed(rate / kGiga, 0),
                          format_fixed(100.0 * rate / result.peaks.at(row.contender.precision), 0),
                          difference.data()});
  }
  console.print_table(table);
  if (result.layers.empty()) return;
  console.print_table(layers_table(result));
  console.print_table(kinds_table(result));
}

json to_json(const BenchResult& result) {
  json rows = json::array();
  for (const auto& row : result.rows) rows.push_back(row_json(result, row));
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
                      {"precision", to_string(info.precision)},
                      {"seconds", seconds},
                      {"flop", 2 * info.multiply_accumulates},
                      {"bytes", info.bytes}});
  }
  json kinds = json::array();
  if (!result.layers.empty()) {
    for (const auto& [name, seconds, operations] : kinds_of_layers(result))
      kinds.push_back({{"kind", name}, {"seconds", seconds}, {"flop", operations}});
  }
  return {{"schema", "cxrnet.bench/1"},
          {"architecture", result.architecture},
          {"size", result.size},
          {"batch", result.batch},
          {"threads", result.threads},
          {"kernel_instructions", to_string(engine::kernel_instruction_set())},
          {"processor", processor_name()},
          {"gflop", result.operations / kGiga},
          {"peak_gflop_per_second", peaks},
          {"memory_gigabytes_per_second", result.memory_bytes_per_second / kGiga},
          {"ratios", ratios},
          {"peak_share", shares},
          {"rows", rows},
          {"missing", missing},
          {"layers", layers},
          {"kinds_of_layers", kinds}};
}

std::string format_roofline(const BenchResult& result) {
  std::vector<report::RooflineLayer> layers;
  for (const auto& [info, seconds] : result.layers) {
    const double operations = 2.0 * static_cast<double>(info.multiply_accumulates);
    if (operations > 0)
      layers.push_back(
          {info.name, operations / static_cast<double>(info.bytes), operations / seconds});
  }
  return report::roofline_svg(
      layers, {std::string(to_string(result.layers_precision)),
               result.peaks.at(result.layers_precision), result.memory_bytes_per_second});
}

}  // namespace cxrnet::app
