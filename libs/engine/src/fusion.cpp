#include "cxrnet/engine/fusion.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace cxrnet::engine {
namespace {

// The node that makes `value`, if it is an `Op` and nothing else reads the value.
template <class Op>
std::optional<std::size_t> sole_producer(const Graph& graph, ValueId value) {
  const auto found = graph.producer(value);
  if (!found || graph.uses(value) != 1) return std::nullopt;
  return std::holds_alternative<Op>(graph.nodes[*found].operation) ? found : std::nullopt;
}

template <class Op>
Op& get(Graph& graph, std::size_t node) {
  return std::get<Op>(graph.nodes[node].operation);
}

void erase(Graph& graph, std::size_t node) {
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(node));
}

bool is_relu(const Operation& operation) {
  const auto* activation = std::get_if<Activation>(&operation);
  return activation != nullptr && activation->kind == Activation::Kind::rectifier &&
         activation->negative_slope == 0.0;
}

bool cannot_be_negative(const Activation& activation) {
  return activation.kind == Activation::Kind::sigmoid ||
         (activation.kind == Activation::Kind::rectifier && activation.negative_slope == 0.0);
}

bool cannot_be_negative(const Graph& graph, ValueId value) {
  const auto found = graph.producer(value);
  if (!found) return true;  // the image
  const auto& node = graph.nodes[*found];
  if (const auto* activation = std::get_if<Activation>(&node.operation))
    return cannot_be_negative(*activation);
  if (const auto* conv = std::get_if<Convolution>(&node.operation))
    return cannot_be_negative(conv->activation);
  const bool keeps_sign = std::holds_alternative<Pool>(node.operation) ||
                          std::holds_alternative<Concat>(node.operation) ||
                          std::holds_alternative<Sum>(node.operation) ||
                          std::holds_alternative<Resize>(node.operation) ||
                          std::holds_alternative<PixelShuffle>(node.operation);
  return keeps_sign && std::all_of(node.inputs.begin(), node.inputs.end(),
                                   [&](ValueId input) { return cannot_be_negative(graph, input); });
}

// Where `node`'s inputs come from, a ReLU in between unless it would change nothing.
void rectify_inputs(Graph& graph, std::size_t node) {
  for (std::size_t i = 0; i < graph.nodes[node].inputs.size(); ++i) {
    const auto input = graph.nodes[node].inputs[i];
    if (cannot_be_negative(graph, input)) continue;
    const auto rectified = graph.add_value(graph.shape(input));
    graph.nodes[node].inputs[i] = rectified;
    graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(node++),
                       {.operation = Activation{Activation::Kind::rectifier},
                        .inputs = {input},
                        .output = rectified});
  }
}

}  // namespace

void fold_batch_norms(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!std::holds_alternative<BatchNorm>(graph.nodes[i].operation)) continue;
    const auto before = sole_producer<Convolution>(graph, graph.nodes[i].inputs[0]);
    if (!before) continue;
    const auto norm = get<BatchNorm>(graph, i);
    auto& conv = get<Convolution>(graph, *before);
    if (conv.transposed && conv.groups != 1) continue;
    conv.scale = conv.scale.defined() ? conv.scale * norm.scale : norm.scale;
    conv.bias = conv.bias * norm.scale + norm.shift;
    graph.nodes[*before].output = graph.nodes[i].output;
    erase(graph, i--);
  }
}

void lift_rectifiers(Graph& graph) {
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {  // from below, since they move up
    if (!is_relu(graph.nodes[i].operation)) continue;
    const auto input = graph.nodes[i].inputs[0];
    auto before = sole_producer<Concat>(graph, input);
    if (!before) before = sole_producer<PixelShuffle>(graph, input);
    if (!before) continue;
    graph.nodes[*before].output = graph.nodes[i].output;
    erase(graph, i);
    rectify_inputs(graph, *before);
    i = *before + graph.nodes[*before].inputs.size();  // its inputs' rectifiers are looked at, too
    i = std::min(i, graph.nodes.size());
  }
}

void order_shuffled_channels(Graph& graph) {
  for (auto& node : graph.nodes) {
    auto* shuffle = std::get_if<PixelShuffle>(&node.operation);
    if (shuffle == nullptr || shuffle->block_major) continue;
    const auto before = sole_producer<Convolution>(graph, node.inputs[0]);
    if (!before || graph.nodes[*before].inputs.size() != 1) continue;
    auto& conv = get<Convolution>(graph, *before);
    if (conv.transposed || conv.groups != 1) continue;
    const auto channels = graph.shape(node.output)[1];
    const auto order = at::arange(channels * 4).view({channels, 4}).t().reshape(-1);
    conv.weight = conv.weight.index_select(0, order);
    conv.bias = conv.bias.index_select(0, order);
    if (conv.scale.defined()) conv.scale = conv.scale.index_select(0, order);
    shuffle->block_major = true;
  }
}

void merge_affines(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto* after = std::get_if<Affine>(&graph.nodes[i].operation);
    if (after == nullptr) continue;
    const auto before = sole_producer<Affine>(graph, graph.nodes[i].inputs[0]);
    if (!before) continue;
    auto& merged = get<Affine>(graph, *before);
    merged = {.scale = merged.scale * after->scale,
              .shift = merged.shift * after->scale + after->shift};
    graph.nodes[*before].output = graph.nodes[i].output;
    erase(graph, i--);
  }
}

// The convolution takes the sum's place, since the addend may be computed after it.
void fuse_sums(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!std::holds_alternative<Sum>(graph.nodes[i].operation)) continue;
    const auto sum = graph.nodes[i];
    for (const std::size_t side : {0, 1}) {
      const auto before = sole_producer<Convolution>(graph, sum.inputs[side]);
      if (!before || graph.nodes[*before].inputs.size() != 1 ||
          get<Convolution>(graph, *before).activation.kind != Activation::Kind::none)
        continue;
      auto fused = graph.nodes[*before];
      fused.inputs.push_back(sum.inputs[1 - side]);
      fused.output = sum.output;
      graph.nodes[i] = std::move(fused);
      erase(graph, *before);
      --i;
      break;
    }
  }
}

void fuse_activations(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto* activation = std::get_if<Activation>(&graph.nodes[i].operation);
    if (activation == nullptr) continue;
    const auto before = sole_producer<Convolution>(graph, graph.nodes[i].inputs[0]);
    if (!before || get<Convolution>(graph, *before).activation.kind != Activation::Kind::none)
      continue;
    get<Convolution>(graph, *before).activation = *activation;
    graph.nodes[*before].output = graph.nodes[i].output;
    erase(graph, i--);
  }
}

void drop_unused(Graph& graph) {
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (graph.uses(graph.nodes[i].output) == 0) erase(graph, i);
  }
}

Graph fuse(Graph graph) {
  const at::NoGradGuard no_grad;
  merge_affines(graph);
  fold_batch_norms(graph);
  lift_rectifiers(graph);
  fuse_sums(graph);
  fuse_activations(graph);
  order_shuffled_channels(graph);
  drop_unused(graph);
  return graph;
}

}  // namespace cxrnet::engine
