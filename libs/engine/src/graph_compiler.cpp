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

// Whether it makes another map of the same numbers, or of some of them.
bool passes_on(const Node& node) {
  return std::holds_alternative<Pool>(node.operation) ||
         std::holds_alternative<Concat>(node.operation) ||
         std::holds_alternative<PixelShuffle>(node.operation) ||
         std::holds_alternative<Resize>(node.operation);
}

bool adds(const Node& node, ValueId value) {
  return std::holds_alternative<Convolution>(node.operation) && node.inputs.size() > 1 &&
         node.inputs[1] == value;
}

}  // namespace

// Narrow layers are the first and the last ones, near the image and the heat map: they lose the
// most by 8 bits (on the default model they made half of the difference in probability) and save
// the least. Fewer outputs than a block of oneDNN's are mostly padding.
constexpr int64_t kQuantisedInputs = 48;
constexpr int64_t kQuantisedOutputs = 16;

bool is_quantisable(const Node& node) {
  const auto* conv = std::get_if<Convolution>(&node.operation);
  return conv != nullptr && !conv->transposed && conv->groups == 1 &&
         conv->weight.size(0) >= kQuantisedOutputs && conv->weight.size(1) >= kQuantisedInputs;
}

GraphCompiler::GraphCompiler(const Graph& graph, int64_t images, const EngineOptions& options,
                             DataType storage)
    : graph_(graph),
      images_(images),
      options_(options),
      type_(storage),
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
    const auto desc = plain(shape(output), DataType::f32);
    auto placement = require(output, desc);
    if (placement.buffer == kImageBuffer) {  // the caller's memory, which is not there to return
      const auto image = placement;
      placement = allocate(desc);
      add_reorder(image, placement);
    }
    schedule_.outputs.push_back(placement);
    ++position_;
  }
  return std::move(schedule_);
}

Shape GraphCompiler::shape(ValueId value) const {
  auto sizes = graph_.shape(value);
  sizes[0] = images_;
  return sizes;
}

Placement GraphCompiler::allocate(const dnnl::memory::desc& desc, float scale) {
  schedule_.buffers.push_back(desc.get_size());
  return {.desc = desc, .buffer = schedule_.buffers.size() - 1, .scale = scale};
}

std::vector<const Node*> GraphCompiler::readers_of(ValueId value) const {
  std::vector<const Node*> readers;
  for (const auto& node : graph_.nodes) {
    if (std::find(node.inputs.begin(), node.inputs.end(), value) != node.inputs.end())
      readers.push_back(&node);
  }
  return readers;
}

// Whether an operation reads `value` as 8-bit numbers. The average that the head reads does not:
// what is lost there reaches the answer undiminished. Nor do sums: a residual network's map goes
// through all of them, and rounded in each it made two thirds of the default model's difference in
// probability. What is passed on to a map of real numbers stays real, too.
bool GraphCompiler::reads_quantised(const Node& node, ValueId value) const {
  if (passes_on(node)) return format_of(node.output).is_quantised();
  return is_quantisable(node) && !adds(node, value);
}

// How an operation that can write 8-bit numbers stores its output. What will be copied unchanged
// into another value takes that value's format.
Format GraphCompiler::format_of(ValueId value) const {
  const Format real{type_};
  const auto& range = graph_.values[value].range;
  const auto readers = readers_of(value);
  const bool kept =
      std::find(graph_.outputs.begin(), graph_.outputs.end(), value) != graph_.outputs.end();
  if (options_.precision != Precision::int8 || !range || kept) return real;
  if (!std::all_of(readers.begin(), readers.end(),
                   [this, value](const Node* node) { return reads_quantised(*node, value); }))
    return real;
  if (readers.size() == 1) {
    const auto made_by = graph_.producer(value);
    const bool shuffled =
        made_by && std::holds_alternative<PixelShuffle>(graph_.nodes[*made_by].operation);
    if (std::holds_alternative<PixelShuffle>(readers[0]->operation) ||
        (shuffled && std::holds_alternative<Concat>(readers[0]->operation)))
      return format_of(readers[0]->output);
  }
  return format_of_range(*range);
}

// The value in that layout, where it is or copied.
Placement GraphCompiler::require(ValueId value, const dnnl::memory::desc& desc, float scale) {
  const auto& found = placed(value);
  if (found.desc == desc && found.scale == scale) return found;
  const auto copied = allocate(desc, scale);
  add_reorder(found, copied);
  return copied;
}

// As it is, unless it is quantised.
Placement GraphCompiler::require_real(ValueId value) {
  const auto& found = placed(value);
  const bool quantised = Format{found.desc.data_type()}.is_quantised();
  return quantised ? require(value, channels_last(shape(value), type_)) : found;
}

// By the operation after this one or a later one, through any of the values that lie in it.
bool GraphCompiler::is_read_later(BufferId buffer) const {
  for (ValueId value = 0; value < placements_.size(); ++value) {
    const auto& placement = placements_[value];
    if (placement && placement->buffer == buffer && last_use_[value] > position_) return true;
  }
  return false;
}

// The same, in a buffer that nobody else will read.
Placement GraphCompiler::require_to_overwrite(ValueId value, const dnnl::memory::desc& desc,
                                              float scale) {
  const auto& found = placed(value);
  const bool fits = found.desc == desc && found.scale == scale;
  const bool is_source = found.buffer == placed(input()).buffer;  // which is being read meanwhile
  if (fits && !is_source && found.buffer != kImageBuffer && !is_read_later(found.buffer))
    return found;
  const auto copied = allocate(desc, scale);
  add_reorder(found, copied);
  return copied;
}

// Where an output goes that may have any strides: into the concatenation that alone reads it, or
// into a buffer of its own.
Placement GraphCompiler::place_channels_last() {
  const auto output = node_->output;
  const auto format = format_of(output);
  for (const auto& other : graph_.nodes) {
    if (!std::holds_alternative<Concat>(other.operation) || graph_.uses(output) != 1) continue;
    const auto found = std::find(other.inputs.begin(), other.inputs.end(), output);
    if (found == other.inputs.end()) continue;
    auto& whole = placements_[other.output];
    if (!whole) whole = allocate(channels_last(shape(other.output), format.type), format.scale);
    return slice(other.output, static_cast<std::size_t>(found - other.inputs.begin()));
  }
  return allocate(channels_last(shape(output), format.type), format.scale);
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
  const auto type = placement.desc.data_type();
  placement.desc = dnnl::memory::desc(sizes, type, strides);
  placement.offset = static_cast<std::size_t>(channel) * dnnl::memory::data_type_size(type);
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
          .precision = type_ == DataType::bf16 ? Precision::bf16 : Precision::f32};
}

void GraphCompiler::add_reorder(const Placement& from, const Placement& to) {
  auto attributes = with_user_scratch();
  if (from.scale != to.scale) attributes.set_output_scales(0, {from.scale / to.scale});
  const dnnl::reorder::primitive_desc description(processor(), from.desc, processor(), to.desc,
                                                  attributes);
  add_primitive(description, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  schedule_.steps.back().info.name = "reorder";
}

void GraphCompiler::add_function(std::vector<Placement> placements,
                                 std::function<void(const std::vector<void*>&)> function) {
  std::vector<Binding> bindings;
  bindings.reserve(placements.size());
  for (const auto& placement : placements) bindings.push_back({0, placement});
  schedule_.steps.push_back({.info = info("cxrnet"),
                             .primitive = {},
                             .function = std::move(function),
                             .bindings = std::move(bindings),
                             .weights = {},
                             .scratch_bytes = 0,
                             .node = position_});
}

}  // namespace cxrnet::engine
