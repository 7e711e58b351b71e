#include "cxrnet/engine/engine.h"

#include <ATen/core/grad_mode.h>

#include <map>
#include <string>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/fusion.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/unet.h"

namespace cxrnet::engine {
namespace {

Pair size_of(const at::Tensor& image) { return {image.size(2), image.size(3)}; }

// Constants of a trace may not ask for gradients.
void forbid_gradients(torch::nn::Module& network) {
  for (auto& parameter : network.parameters()) parameter.set_requires_grad(false);
}

}  // namespace

Function classifier_function(nn::CxrNet network) {
  network->eval();
  forbid_gradients(*network);
  return [network](const at::Tensor& image) mutable -> std::vector<at::Tensor> {
    const auto output = network->explain(image);
    if (!network->has_decoder()) return {output.logits, output.pooled_features};
    return {output.logits, output.pooled_features, output.representation};
  };
}

Function segmenter_function(nn::UNet network) {
  network->eval();
  forbid_gradients(*network);
  return [network](const at::Tensor& image) mutable -> std::vector<at::Tensor> {
    return {network->forward(image).sigmoid()};
  };
}

struct Engine::Impl {
  Graph& graph_for(Pair size);
  CompiledGraph& compiled_for(Pair size, int64_t images);

  Function function;
  EngineOptions options;
  std::map<Pair, Graph> graphs;                             // by height and width
  std::map<std::pair<Pair, int64_t>, CompiledGraph> ready;  // and number of images
};

Graph& Engine::Impl::graph_for(Pair size) {
  const auto found = graphs.find(size);
  if (found != graphs.end()) return found->second;
  return graphs.emplace(size, fuse(trace(function, size))).first->second;
}

CompiledGraph& Engine::Impl::compiled_for(Pair size, int64_t images) {
  const auto key = std::pair(size, images);
  if (const auto found = ready.find(key); found != ready.end()) return found->second;
  const auto& graph = graph_for(size);
  if (options.precision == Precision::int8) require_calibrated(graph);
  return ready.emplace(key, CompiledGraph(graph, images, options)).first->second;
}

Engine::Engine(Function function, const EngineOptions& options)
    : impl_(std::make_unique<Impl>(Impl{std::move(function), options, {}, {}})) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

void Engine::calibrate(const at::Tensor& images) {
  require_shape(images, {-1, 1, -1, -1}, "image");
  impl_->ready.clear();
  engine::calibrate(impl_->graph_for(size_of(images)), images);
}

int64_t Engine::spare_sensitive(const at::Tensor& images, const Difference& difference,
                                double tolerance) {
  require_shape(images, {-1, 1, -1, -1}, "image");
  impl_->ready.clear();
  return engine::spare_sensitive(impl_->graph_for(size_of(images)), images, difference, tolerance);
}

std::string Engine::fingerprint(Pair size) { return engine::fingerprint(impl_->graph_for(size)); }

std::vector<std::optional<Range>> Engine::ranges(Pair size) {
  std::vector<std::optional<Range>> ranges;
  for (const auto& value : impl_->graph_for(size).values) ranges.push_back(value.range);
  return ranges;
}

void Engine::set_ranges(Pair size, const std::vector<std::optional<Range>>& ranges) {
  auto& values = impl_->graph_for(size).values;
  if (ranges.size() != values.size()) {
    throw Error(ErrorCode::invalid_option,
                "ranges: expected " + std::to_string(values.size()) + ", one for each value, got " +
                    std::to_string(ranges.size()) + "; calibrate again with this version");
  }
  impl_->ready.clear();
  for (std::size_t i = 0; i < ranges.size(); ++i) values[i].range = ranges[i];
}

std::vector<at::Tensor> Engine::run(const at::Tensor& image, const std::vector<bool>& wanted) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  return impl_->compiled_for(size_of(image), image.size(0)).run(image, wanted);
}

void Engine::prepare(Pair size, int64_t images) { impl_->compiled_for(size, images); }

ClassifierEngine::ClassifierEngine(nn::CxrNet network, const EngineOptions& options)
    : has_representation_(network->has_decoder()),
      engine_(classifier_function(std::move(network)), options) {}

ClassifierAnswer ClassifierEngine::answer(const at::Tensor& image, bool with_representation) {
  std::vector<bool> wanted{true, true};
  if (has_representation_) wanted.push_back(with_representation);
  auto outputs = engine_.run(image, wanted);
  return {.logits = outputs[0],
          .pooled_features = outputs[1],
          .representation = has_representation_ ? outputs[2] : at::Tensor()};
}

SegmenterEngine::SegmenterEngine(nn::UNet network, const EngineOptions& options)
    : engine_(segmenter_function(std::move(network)), options) {}

at::Tensor SegmenterEngine::probability(const at::Tensor& image) { return engine_.run(image)[0]; }

}  // namespace cxrnet::engine
