// Who is compared by `cxrnet bench`: the engine, nn, and other runtimes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cxrnet/engine/benchmark.h"
#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/export.h"
#include "cxrnet/engine/options.h"

namespace cxrnet::app {

struct BenchContender {
  std::string name;     ///< with version
  std::string runtime;  ///< "cxrnet", "libtorch", "onnxruntime", "pytorch" or "opencv"
  engine::Precision precision = engine::Precision::f32;
  std::function<double(int64_t times)> run;         ///< seconds
  std::function<std::vector<at::Tensor>()> answer;  ///< to the images, in nn's order
};

/// A runtime that was asked for and could not be started.
struct MissingPeer {
  std::string runtime, reason;
};

/// The network, the images it is asked about, and a folder with both for the peers.
struct BenchCase {
  engine::ExportedNetwork network;
  at::Tensor image;  ///< [N, 1, H, W]
  int64_t threads;
  std::filesystem::path folder;
  std::string node_modules;  ///< folder that holds onnxruntime-node; empty: where node looks itself
};

/// Writes model.onnx, model.pt and image.f32 into the folder.
void write_case(const BenchCase& bench);

/// The engine's graph; int8's ranges are those of the case's own images.
engine::CompiledGraph compile_case(const BenchCase& bench, engine::Precision precision);

BenchContender engine_contender(const BenchCase& bench, engine::Precision precision);
BenchContender nn_contender(const BenchCase& bench);

/// Every contender of that runtime. Errors: not_found when it is not there.
std::vector<BenchContender> peer_contenders(const BenchCase& bench, const std::string& runtime);

}  // namespace cxrnet::app
