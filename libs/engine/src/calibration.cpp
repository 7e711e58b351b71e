#include "cxrnet/engine/calibration.h"

#include <ATen/Functions.h>

#include "cxrnet/engine/compiled_graph.h"

namespace cxrnet::engine {

void calibrate(Graph& graph, const at::Tensor& images) {
  auto all_values = graph;
  all_values.outputs.clear();
  for (const auto& node : graph.nodes) {
    const auto& value = graph.values[node.output];
    if (value.type == at::kFloat && value.shape.size() == 4)
      all_values.outputs.push_back(node.output);
  }
  CompiledGraph compiled(all_values, images.size(0), {.precision = Precision::f32});
  const auto maps = compiled.run(images);
  for (std::size_t i = 0; i < maps.size(); ++i)
    graph.values[all_values.outputs[i]].range =
        Range{maps[i].min().item<double>(), maps[i].max().item<double>()};
  graph.values[graph.input].range = Range{0.0, 1.0};
}

}  // namespace cxrnet::engine
