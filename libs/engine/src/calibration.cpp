#include "cxrnet/engine/calibration.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/compiled_graph.h"
#include "graph_compiler.h"

namespace cxrnet::engine {
namespace {

constexpr int64_t kImagesToRankBy = 16;

void widen(std::optional<Range>& range, const at::Tensor& map) {
  const Range found{map.min().item<double>(), map.max().item<double>()};
  range = range ? Range{std::min(range->low, found.low), std::max(range->high, found.high)} : found;
}

std::vector<at::Tensor> answers(const Graph& graph, const at::Tensor& images, Precision precision) {
  CompiledGraph compiled(graph, 1, {.precision = precision});
  std::vector<std::vector<at::Tensor>> by_output(graph.outputs.size());
  for (const auto& image : images.split(1)) {
    const auto outputs = compiled.run(image);
    for (std::size_t i = 0; i < outputs.size(); ++i) by_output[i].push_back(outputs[i].clone());
  }
  std::vector<at::Tensor> all;
  all.reserve(by_output.size());
  for (const auto& outputs : by_output) all.push_back(at::cat(outputs));
  return all;
}

std::vector<ValueId> values_read_in_int8(const Graph& graph) {
  std::set<ValueId> found;
  for (const auto& node : graph.nodes) {
    if (is_quantisable(node) && graph.values[node.inputs[0]].range) found.insert(node.inputs[0]);
  }
  return {found.begin(), found.end()};
}

// The most harmful first.
std::vector<ValueId> by_harm(const Graph& graph, const at::Tensor& images,
                             const std::vector<at::Tensor>& exact, const Difference& difference) {
  auto values = values_read_in_int8(graph);
  auto spared = graph;
  for (const auto value : values) spared.values[value].range.reset();
  std::vector<std::pair<double, ValueId>> harms;
  for (const auto value : values) {
    auto single = spared;
    single.values[value].range = graph.values[value].range;
    harms.emplace_back(difference(answers(single, images, Precision::int8), exact), value);
  }
  std::stable_sort(harms.begin(), harms.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; i < harms.size(); ++i) values[i] = harms[i].second;
  return values;
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

void require_calibrated(const Graph& graph) {
  if (graph.values[graph.input].range) return;
  throw Error(ErrorCode::invalid_option,
              "precision int8: expected the ranges of values for images of this size, got none; "
              "calibrate first, or use bf16 or f32");
}

int64_t spare_sensitive(Graph& graph, const at::Tensor& images, const Difference& difference,
                        double tolerance) {
  require_calibrated(graph);
  const auto exact = answers(graph, images, Precision::f32);
  const auto within = [&] {
    return difference(answers(graph, images, Precision::int8), exact) <= tolerance;
  };
  int64_t spared = 0;
  if (within()) return spared;
  const auto step = std::max<int64_t>(1, images.size(0) / kImagesToRankBy);
  const auto thin = [step](const at::Tensor& rows) { return rows.slice(0, 0, rows.size(0), step); };
  std::vector<at::Tensor> some_exact;
  some_exact.reserve(exact.size());
  for (const auto& output : exact) some_exact.push_back(thin(output));
  for (const auto value : by_harm(graph, thin(images), some_exact, difference)) {
    graph.values[value].range.reset();
    ++spared;
    if (within()) break;
  }
  return spared;
}

}  // namespace cxrnet::engine
