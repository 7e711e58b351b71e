#include "graph_compiler.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace cxrnet::engine {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

std::vector<std::size_t> find_last_uses(const Graph& graph) {
  std::vector<std::size_t> last(graph.values.size(), 0);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const auto value : graph.nodes[i].inputs) last[value] = i;
  }
  for (const auto value : graph.outputs) last[value] = kNever;
  return last;
}

DataType storage_of(Precision precision) {
  return precision == Precision::bf16 ? DataType::bf16 : DataType::f32;
}

}  // namespace

GraphCompiler::GraphCompiler(const Graph& graph, int64_t images, const EngineOptions& options)
    : graph_(graph),
      images_(images),
      options_(options),
      type_(storage_of(options.precision)),
      placements_(graph.values.size()),
      last_use_(find_last_uses(graph)) {}

Schedule GraphCompiler::compile() {
  placements_[graph_.input] = allocate(plain(shape(graph_.input), DataType::f32));
  for (const auto& node : graph_.nodes) {
    node_ = &node;
    std::visit(*this, node.operation);
    ++position_;
  }
  for (const auto output : graph_.outputs) {
    schedule_.outputs.push_back(require(output, plain(shape(output), DataType::f32)));
    ++position_;
  }
  return std::move(schedule_);
}

Shape GraphCompiler::shape(ValueId value) const {
  auto sizes = graph_.shape(value);
  sizes[0] = images_;
  return sizes;
}

Placement GraphCompiler::allocate(const dnnl::memory::desc& desc) {
  schedule_.buffers.push_back(desc.get_size());
  return {.desc = desc, .buffer = schedule_.buffers.size() - 1};
}

// The value in that layout, where it is or copied.
Placement GraphCompiler::require(ValueId value, const dnnl::memory::desc& desc) {
  const auto& found = placed(value);
  if (found.desc == desc) return found;
  auto copied = allocate(desc);
  add_reorder(found, copied);
  return copied;
}

// The same, in a buffer that nobody else will read.
Placement GraphCompiler::require_to_overwrite(ValueId value, const dnnl::memory::desc& desc) {
  const auto& found = placed(value);
  if (found.desc == desc && is_last_use(value) && found.buffer != kImageBuffer) return found;
  auto copied = allocate(desc);
  add_reorder(found, copied);
  return copied;
}

// Where an output goes that may have any strides: into the concatenation that alone reads it, or
// into a buffer of its own.
Placement GraphCompiler::place_channels_last() {
  const auto output = node_->output;
  for (const auto& other : graph_.nodes) {
    if (!std::holds_alternative<Concat>(other.operation) || graph_.uses(output) != 1) continue;
    const auto found = std::find(other.inputs.begin(), other.inputs.end(), output);
    if (found == other.inputs.end()) continue;
    auto& whole = placements_[other.output];
    if (!whole) whole = allocate(channels_last(shape(other.output), type_));
    return slice(other.output, static_cast<std::size_t>(found - other.inputs.begin()));
  }
  return allocate(channels_last(shape(output), type_));
}

// The channels that input `index` has in the concatenation that makes `whole`.
Placement GraphCompiler::slice(ValueId whole, std::size_t index) const {
  const auto& inputs = graph_.nodes[*graph_.producer(whole)].inputs;
  int64_t channel = 0;
  for (std::size_t i = 0; i < index; ++i) channel += graph_.shape(inputs[i])[1];
  const auto pixel = graph_.shape(whole)[1];
  const auto sizes = shape(inputs[index]);
  const Shape strides{sizes[2] * sizes[3] * pixel, 1, sizes[3] * pixel, pixel};
  auto placement = placed(whole);
  placement.desc = dnnl::memory::desc(sizes, type_, strides);
  placement.offset = static_cast<std::size_t>(channel) * dnnl::memory::data_type_size(type_);
  return placement;
}

StepInfo GraphCompiler::info(std::string implementation) const {
  std::string name;
  if (node_ != nullptr) {
    name = name_of(node_->operation);
    for (const auto size : graph_.shape(node_->output)) name += " " + std::to_string(size);
  }
  return {.name = std::move(name),
          .implementation = std::move(implementation),
          .multiply_accumulates = 0};
}

void GraphCompiler::add_reorder(const Placement& from, const Placement& to) {
  const dnnl::reorder::primitive_desc description(processor(), from.desc, processor(), to.desc);
  add_primitive(description, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  schedule_.steps.back().info.name = "reorder";
}

void GraphCompiler::add_function(std::vector<Placement> placements,
                                 std::function<void(const std::vector<void*>&)> function) {
  std::vector<Binding> bindings;
  for (auto& placement : placements) bindings.push_back({0, std::move(placement)});
  schedule_.steps.push_back({.info = info("cxrnet"),
                             .primitive = {},
                             .function = std::move(function),
                             .bindings = std::move(bindings),
                             .weights = {},
                             .scratch_bytes = 0,
                             .node = position_});
}

}  // namespace cxrnet::engine
