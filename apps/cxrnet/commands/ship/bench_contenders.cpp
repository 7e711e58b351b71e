#include "commands/ship/bench_contenders.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/engine/calibration.h"
#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/fusion.h"
#include "cxrnet/engine/processor.h"
#include "peers/peer.h"

namespace cxrnet::app {
namespace {

std::string bytes_of(const at::Tensor& tensor) {
  const auto contiguous = tensor.contiguous();
  return {static_cast<const char*>(contiguous.data_ptr()), contiguous.nbytes()};
}

// The numbers alone; who compares knows the shapes.
at::Tensor numbers_of(const std::string& bytes) {
  auto numbers = at::empty({static_cast<int64_t>(bytes.size() / sizeof(float))}, at::kFloat);
  std::memcpy(numbers.data_ptr(), bytes.data(), numbers.nbytes());
  return numbers;
}

template <class Body>
double seconds_of(int64_t times, const Body& body) {
  const auto start = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < times; ++i) body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<std::string> arguments_of(const BenchCase& bench) {
  return {bench.folder.string(), std::to_string(bench.threads), std::to_string(bench.image.size(0)),
          std::to_string(bench.image.size(2)), std::to_string(bench.image.size(3))};
}

BenchContender from_peer(const BenchCase& bench, std::shared_ptr<Peer> peer, std::string runtime,
                         engine::Precision precision, std::vector<std::string> files) {
  return {.name = peer->name(),
          .runtime = std::move(runtime),
          .precision = precision,
          .run = [peer](int64_t times) { return peer->run(times); },
          .answer =
              [peer, folder = bench.folder, files = std::move(files)] {
                peer->answer();
                std::vector<at::Tensor> outputs;
                for (const auto& file : files)
                  outputs.push_back(
                      numbers_of(read_file(folder / (file + ".f32"), kMaxLargeFileBytes)));
                return outputs;
              }};
}

BenchContender onnxruntime_contender(const BenchCase& bench) {
  const auto script = bench.folder / "onnxruntime.js";
  write_file_atomically(script, kOnnxRuntimeScript);
  if (!bench.node_modules.empty()) ::setenv("NODE_PATH", bench.node_modules.c_str(), 1);
  std::vector<std::string> command{"node", script.string()};
  for (auto& argument : arguments_of(bench)) command.push_back(std::move(argument));
  return from_peer(bench, std::make_shared<Peer>("ONNX Runtime", command), "onnxruntime",
                   engine::Precision::f32, bench.network.outputs);
}

BenchContender pytorch_contender(const BenchCase& bench, engine::Precision precision) {
  const auto script = bench.folder / "torchscript.py";
  write_file_atomically(script, kTorchScriptScript);
  std::vector<std::string> command{"/usr/bin/python3", script.string()};
  for (auto& argument : arguments_of(bench)) command.push_back(std::move(argument));
  command.emplace_back(to_string(precision));
  std::vector<std::string> files;
  for (std::size_t i = 0; i < bench.network.outputs.size(); ++i)
    files.push_back("output" + std::to_string(i));
  return from_peer(bench, std::make_shared<Peer>("PyTorch", command), "pytorch", precision,
                   std::move(files));
}

// OpenCV's refusals as errors of ours.
template <class Body>
auto by_opencv(const Body& body) {
  try {
    return body();
  } catch (const cv::Exception&) {
    throw Error(ErrorCode::not_found,
                "OpenCV " CV_VERSION
                ": expected its dnn module to run this network, got a refusal; "
                "leave it out of --against");
  }
}

BenchContender opencv_contender(const BenchCase& bench) {
  cv::setNumThreads(static_cast<int>(bench.threads));
  const auto network = std::make_shared<cv::dnn::Net>(
      by_opencv([&] { return cv::dnn::readNetFromONNX((bench.folder / "model.onnx").string()); }));
  const std::vector<int> shape{static_cast<int>(bench.image.size(0)), 1,
                               static_cast<int>(bench.image.size(2)),
                               static_cast<int>(bench.image.size(3))};
  const auto image = bench.image.contiguous();
  const std::vector<cv::String> names(bench.network.outputs.begin(), bench.network.outputs.end());
  const auto forward = [network, image, shape, names] {
    std::vector<cv::Mat> outputs;
    network->setInput(cv::Mat(shape, CV_32F, image.data_ptr()), "image");
    network->forward(outputs, names);
    return outputs;
  };
  by_opencv(forward);
  return {.name = std::string("OpenCV ") + CV_VERSION,
          .runtime = "opencv",
          .run = [forward](int64_t times) { return seconds_of(times, forward); },
          .answer =
              [forward] {
                std::vector<at::Tensor> outputs;
                for (const auto& output : forward()) {
                  outputs.push_back(numbers_of({reinterpret_cast<const char*>(output.data),
                                                output.total() * output.elemSize()}));
                }
                return outputs;
              }};
}

}  // namespace

void write_case(const BenchCase& bench) {
  write_file_atomically(bench.folder / "model.onnx", engine::to_onnx(bench.network));
  write_file_atomically(bench.folder / "model.pt", engine::to_torchscript(bench.network));
  write_file_atomically(bench.folder / "image.f32", bytes_of(bench.image));
}

engine::CompiledGraph compile_case(const BenchCase& bench, engine::Precision precision) {
  auto graph = engine::fuse(engine::trace(bench.network.function, bench.network.size));
  if (precision == engine::Precision::int8) engine::calibrate(graph, bench.image);
  return {graph, bench.image.size(0), {.precision = precision, .winograd = true}};
}

BenchContender engine_contender(const BenchCase& bench, engine::Precision precision) {
  const auto compiled = std::make_shared<engine::CompiledGraph>(compile_case(bench, precision));
  const auto answer = [compiled, image = bench.image] { return compiled->run(image); };
  return {.name = "cxrnet",
          .runtime = "cxrnet",
          .precision = precision,
          .run = [answer](int64_t times) { return seconds_of(times, answer); },
          .answer = answer};
}

BenchContender nn_contender(const BenchCase& bench) {
  const auto answer = [function = bench.network.function, image = bench.image] {
    const at::NoGradGuard no_grad;
    return function(image);
  };
  return {.name = std::string("cxrnet's nn, libtorch"),
          .runtime = "libtorch",
          .run = [answer](int64_t times) { return seconds_of(times, answer); },
          .answer = answer};
}

std::vector<BenchContender> peer_contenders(const BenchCase& bench, const std::string& runtime) {
  if (runtime == "onnxruntime") return {onnxruntime_contender(bench)};
  if (runtime == "opencv") return {opencv_contender(bench)};
  if (runtime == "pytorch") {
    std::vector<BenchContender> both{pytorch_contender(bench, engine::Precision::f32)};
    if (engine::supports(engine::Precision::bf16))
      both.push_back(pytorch_contender(bench, engine::Precision::bf16));
    return both;
  }
  throw Error(ErrorCode::invalid_option, "against: expected onnxruntime, pytorch or opencv, got '" +
                                             runtime + "'; separate several by commas");
}

}  // namespace cxrnet::app
