// What `cxrnet bench` measured, as tables, JSON and a roofline.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands/ship/bench_contenders.h"
#include "framework/console.h"

namespace cxrnet::app {

struct BenchRow {
  BenchContender contender;
  engine::Timing timing;
  double largest_difference;  ///< of probabilities and maps, from nn's
};

struct LayerTime {
  engine::StepInfo info;
  double seconds;
};

/// From which the tables and the JSON are made.
struct BenchResult {
  std::string architecture;
  int64_t size;   ///< pixels per side
  int64_t batch;  ///< images answered at once
  int64_t threads;
  std::vector<BenchRow> rows = {};
  std::vector<MissingPeer> missing = {};
  std::map<engine::Precision, double> peaks = {};  ///< operations per second
  double operations = 0.0;                         ///< of one batch
  double memory_bytes_per_second = 0.0;
  std::vector<LayerTime> layers = {};
  engine::Precision layers_precision = engine::Precision::f32;
};

void print_tables(const BenchResult& result, Console& console);

/// Schema cxrnet.bench/1.
nlohmann::json to_json(const BenchResult& result);

/// The layers in the roofline model, as SVG.
std::string format_roofline(const BenchResult& result);

}  // namespace cxrnet::app
