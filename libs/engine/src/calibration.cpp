#include "cxrnet/engine/calibration.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <optional>

#include "cxrnet/engine/compiled_graph.h"

namespace cxrnet::engine {
namespace {

void widen(std::optional<Range>& range, const at::Tensor& map) {
  const Range found{map.min().item<double>(), map.max().item<double>()};
  range = range ? Range{std::min(range->low, found.low), std::max(range->high, found.high)} : found;
}

}  // namespace

void calibrate(Graph& graph, const at::Tensor& images) {
  auto all_values = graph;
  all_values.outputs.clear();
  for (const auto& node : graph.nodes) {
    const auto& value = graph.values[node.output];
    if (value.type == at::kFloat && value.shape.size() == 4)
      all_values.outputs.push_back(node.output);
  }
  for (auto& value : graph.values) value.range.reset();
  CompiledGraph compiled(all_values, 1, {.precision = Precision::f32});
  for (const auto& image : images.split(1)) {  // one by one: all maps of an image are kept
    const auto maps = compiled.run(image);
    for (std::size_t i = 0; i < maps.size(); ++i)
      widen(graph.values[all_values.outputs[i]].range, maps[i]);
  }
  graph.values[graph.input].range = Range{0.0, 1.0};
}

}  // namespace cxrnet::engine
