#include "cxrnet/engine/processor.h"

#include <ATen/Functions.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "cxrnet/engine/compiled_graph.h"

namespace cxrnet::engine {
namespace {

constexpr ConvolutionSize kTrial{.channels = 128, .side = 28};  // a millisecond
constexpr int64_t kTrialRuns = 8;

// Numbers from 0 to 1 that take nothing from libtorch's generator, of which users may count.
at::Tensor ramp(const Shape& shape) {
  return at::linspace(0.0, 1.0, c10::multiply_integers(shape)).view(shape);
}

Graph one_convolution(const ConvolutionSize& size) {
  const Shape map{1, size.channels, size.side, size.side};
  Graph graph;
  graph.input = graph.add_value({1, 1, size.side, size.side});
  const auto wide = graph.add_value(map);
  const std::vector<ValueId> repeated(static_cast<std::size_t>(size.channels), graph.input);
  graph.nodes.push_back({.operation = Concat{}, .inputs = repeated, .output = wide});
  const auto result = graph.add_value(map);
  graph.nodes.push_back(
      {.operation = Convolution{.weight = ramp({size.channels, size.channels, 3, 3}),
                                .bias = at::zeros({size.channels}),
                                .padding = {1, 1}},
       .inputs = {wide},
       .output = result});
  graph.outputs = {result};
  graph.values[graph.input].range = Range{0.0, 1.0};
  graph.values[wide].range = Range{0.0, 1.0};
  return graph;
}

bool measure_gain_by_bf16() {
  return supports(Precision::bf16) && convolution_rate(kTrial, Precision::bf16, kTrialRuns) >
                                          convolution_rate(kTrial, Precision::f32, kTrialRuns);
}

}  // namespace

InstructionSet kernel_instruction_set() {
  allowed_instruction_set();  // first, since oneDNN looks at its limit once
  const auto used = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto includes = [used](dnnl::cpu_isa isa) {
    const auto bits = static_cast<unsigned>(isa);
    return (used & bits) == bits;
  };
  if (includes(dnnl::cpu_isa::avx512_core_amx)) return InstructionSet::avx512_core_amx;
  if (includes(dnnl::cpu_isa::avx512_core_bf16)) return InstructionSet::avx512_core_bf16;
  if (includes(dnnl::cpu_isa::avx512_core_vnni)) return InstructionSet::avx512_core_vnni;
  if (includes(dnnl::cpu_isa::avx512_core)) return InstructionSet::avx512_core;
  if (includes(dnnl::cpu_isa::avx2)) return InstructionSet::avx2;
  return InstructionSet::sse41;
}

bool supports(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return true;
    case Precision::bf16:
      return kernel_instruction_set() >= InstructionSet::avx512_core_bf16;
    case Precision::int8:
      return kernel_instruction_set() >= InstructionSet::avx512_core_vnni;
  }
  return false;
}

bool gains_by_bf16() {
  static const bool gains = measure_gain_by_bf16();
  return gains;
}

double convolution_rate(const ConvolutionSize& size, Precision precision, int64_t runs) {
  CompiledGraph compiled(one_convolution(size), 1, {.precision = precision, .winograd = false});
  const auto seconds = compiled.time_steps(ramp({1, 1, size.side, size.side}), runs);
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const auto products = compiled.steps()[i].multiply_accumulates;
    if (products > 0) return 2.0 * static_cast<double>(products) / seconds[i];
  }
  return 0.0;
}

}  // namespace cxrnet::engine
