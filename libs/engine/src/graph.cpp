#include "cxrnet/engine/graph.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace cxrnet::engine {
namespace {

struct NameVisitor {
  std::string_view operator()(const Convolution& conv) const {
    return conv.transposed ? "transposed convolution" : "convolution";
  }
  std::string_view operator()(const BatchNorm&) const { return "batch norm"; }
  std::string_view operator()(const Affine&) const { return "affine"; }
  std::string_view operator()(const Activation&) const { return "activation"; }
  std::string_view operator()(const Pool& pool) const {
    return pool.kind == Pool::Kind::maximum ? "max pool" : "average pool";
  }
  std::string_view operator()(const GlobalAverage&) const { return "global average"; }
  std::string_view operator()(const Flatten&) const { return "flatten"; }
  std::string_view operator()(const Concat&) const { return "concat"; }
  std::string_view operator()(const Sum&) const { return "sum"; }
  std::string_view operator()(const Linear&) const { return "linear"; }
  std::string_view operator()(const PixelShuffle&) const { return "pixel shuffle"; }
  std::string_view operator()(const Resize&) const { return "resize"; }
  std::string_view operator()(const HostOperation& host) const { return host.name; }
};

}  // namespace

at::Tensor Convolution::scaled_weight() const {
  if (!scale.defined()) return weight;
  return weight * (transposed ? scale.view({1, -1, 1, 1}) : scale.view({-1, 1, 1, 1}));
}

ValueId Graph::add_value(Shape shape, at::ScalarType type) {
  values.push_back({std::move(shape), type});
  return values.size() - 1;
}

std::optional<std::size_t> Graph::producer(ValueId value) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].output == value) return i;
  }
  return std::nullopt;
}

std::size_t Graph::uses(ValueId value) const {
  auto count = std::count(outputs.begin(), outputs.end(), value);
  for (const auto& node : nodes) {
    count += std::count(node.inputs.begin(), node.inputs.end(), value);
  }
  return static_cast<std::size_t>(count);
}

std::string_view name_of(const Operation& operation) {
  return std::visit(NameVisitor{}, operation);
}

int64_t multiply_accumulates(const Graph& graph, const Node& node) {
  if (const auto* conv = std::get_if<Convolution>(&node.operation)) {
    const auto& pixels = graph.shape(conv->transposed ? node.inputs[0] : node.output);
    return conv->weight.numel() * pixels[2] * pixels[3];
  }
  if (const auto* linear = std::get_if<Linear>(&node.operation)) return linear->weight.numel();
  return 0;
}

}  // namespace cxrnet::engine
