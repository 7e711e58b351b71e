#include "cxrnet/engine/compiled_graph.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <new>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/kernel_creation.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/engine/processor.h"
#include "graph_compiler.h"
#include "memory_plan.h"

namespace cxrnet::engine {
namespace {

struct FreeAligned {
  void operator()(char* memory) const { std::free(memory); }
};
using Arena = std::unique_ptr<char, FreeAligned>;

Arena allocate_arena(std::size_t bytes) {
  const auto rounded = (std::max<std::size_t>(bytes, 1) + kCacheLine - 1) / kCacheLine * kCacheLine;
  Arena arena(static_cast<char*>(std::aligned_alloc(kCacheLine, rounded)));
  if (!arena) throw std::bad_alloc();
  return arena;
}

std::vector<Lifetime> find_lifetimes(const Schedule& schedule) {
  std::vector<Lifetime> lifetimes;
  for (const auto bytes : schedule.buffers)
    lifetimes.push_back({bytes, std::numeric_limits<std::size_t>::max(), 0});
  const auto touch = [&](BufferId buffer, std::size_t step) {
    auto& lifetime = lifetimes[buffer];
    lifetime.first = std::min(lifetime.first, step);
    lifetime.last = std::max(lifetime.last, step);
  };
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    for (const auto& binding : schedule.steps[i].bindings) touch(binding.placement.buffer, i);
  }
  for (const auto& output : schedule.outputs) touch(output.buffer, schedule.steps.size());
  lifetimes[kImageBuffer].bytes = 0;  // the caller's
  return lifetimes;
}

// Which nodes the wanted outputs need; behind them, which outputs are wanted.
std::vector<bool> find_needed(const Graph& graph, const std::vector<bool>& wanted) {
  std::vector<bool> value_needed(graph.values.size(), false);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) value_needed[graph.outputs[i]] = true;
  }
  std::vector<bool> needed(graph.nodes.size(), false);
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    needed[i] = value_needed[graph.nodes[i].output];
    if (!needed[i]) continue;
    for (const auto input : graph.nodes[i].inputs) value_needed[input] = true;
  }
  needed.insert(needed.end(), wanted.begin(), wanted.end());
  return needed;
}

// The operations alone: what find_needed reads, without weights.
Graph skeleton_of(const Graph& graph) {
  Graph skeleton{
      .nodes = {}, .values = graph.values, .input = graph.input, .outputs = graph.outputs};
  for (const auto& node : graph.nodes)
    skeleton.nodes.push_back({.operation = Sum{}, .inputs = node.inputs, .output = node.output});
  return skeleton;
}

// Of values that are not quantised.
DataType storage_of(Precision precision) {
  const bool is_bf16 =
      precision == Precision::bf16 || (precision == Precision::int8 && gains_by_bf16());
  return is_bf16 ? DataType::bf16 : DataType::f32;
}

Schedule compile_schedule(const Graph& graph, int64_t images, const EngineOptions& options) {
  const auto storage = storage_of(options.precision);  // may compile by itself: before the lock
  using Numbers = KernelCreation::Numbers;
  const KernelCreation creation(options.precision == Precision::f32 ? Numbers::f32
                                                                    : Numbers::others);
  try {
    return GraphCompiler(graph, images, options, storage).compile();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw;
  }
}

}  // namespace

struct CompiledGraph::Impl {
  // A step with its addresses filled in; those of the image wait for the run.
  struct ReadyStep {
    dnnl::primitive primitive;
    std::function<void(const std::vector<void*>&)> function;
    std::unordered_map<int, dnnl::memory> arguments;
    std::size_t node = 0;
    std::vector<void*> addresses = {};
    std::vector<std::size_t> images = {};   // positions in `addresses` that are the image's
    std::vector<int> image_arguments = {};  // arguments that are the image's
  };

  void bind(Schedule& schedule);
  void run_step(ReadyStep& step, void* image);

  Graph skeleton;
  Shape image_shape;
  std::vector<ReadyStep> ready;
  std::vector<StepInfo> infos;
  std::vector<std::pair<Shape, void*>> outputs;
  Arena arena;
  std::size_t bytes = 0;
  dnnl::stream stream{processor()};
};

void CompiledGraph::Impl::bind(Schedule& schedule) {
  const auto plan = plan_memory(find_lifetimes(schedule));
  std::size_t scratch = 0;
  for (const auto& step : schedule.steps) scratch = std::max(scratch, step.scratch_bytes);
  bytes = plan.bytes + scratch;
  arena = allocate_arena(bytes);
  const auto address = [&](const Placement& placement) -> void* {
    return arena.get() + plan.offsets[placement.buffer] + placement.offset;
  };
  for (auto& step : schedule.steps) {
    ReadyStep bound{.primitive = std::move(step.primitive),
                    .function = std::move(step.function),
                    .arguments = std::move(step.weights),
                    .node = step.node};
    for (const auto& [argument, placement] : step.bindings) {
      const bool image = placement.buffer == kImageBuffer;
      if (image && bound.function) bound.images.push_back(bound.addresses.size());
      if (image && !bound.function) bound.image_arguments.push_back(argument);
      bound.addresses.push_back(address(placement));
      if (!bound.function)
        bound.arguments.insert_or_assign(
            argument,
            dnnl::memory(placement.desc, processor(), image ? nullptr : address(placement)));
    }
    if (step.scratch_bytes > 0) {
      const dnnl::memory::desc desc({static_cast<int64_t>(step.scratch_bytes)}, DataType::u8,
                                    Layout::x);
      bound.arguments.insert_or_assign(DNNL_ARG_SCRATCHPAD,
                                       dnnl::memory(desc, processor(), arena.get() + plan.bytes));
    }
    for (const auto& binding : step.bindings) step.info.bytes += binding.placement.desc.get_size();
    for (const auto& [argument, memory] : bound.arguments) {
      if (argument == DNNL_ARG_WEIGHTS) step.info.bytes += memory.get_desc().get_size();
    }
    infos.push_back(std::move(step.info));
    ready.push_back(std::move(bound));
  }
  for (const auto& output : schedule.outputs)
    outputs.emplace_back(output.desc.dims(), address(output));
}

void CompiledGraph::Impl::run_step(ReadyStep& step, void* image) {
  if (step.function) {
    for (const auto position : step.images) step.addresses[position] = image;
    step.function(step.addresses);
    return;
  }
  for (const auto argument : step.image_arguments)
    step.arguments.at(argument).set_data_handle(image);
  step.primitive.execute(stream, step.arguments);
}

CompiledGraph::CompiledGraph(const Graph& graph, int64_t images, const EngineOptions& options)
    : impl_(std::make_unique<Impl>()) {
  if (!supports(options.precision)) {
    throw Error(ErrorCode::invalid_option,
                "precision: expected one that this processor has kernels for, got " +
                    std::string(to_string(options.precision)) + "; use f32");
  }
  auto schedule = compile_schedule(graph, images, options);
  impl_->skeleton = skeleton_of(graph);
  impl_->image_shape = graph.shape(graph.input);
  impl_->image_shape[0] = images;
  impl_->bind(schedule);
}

CompiledGraph::~CompiledGraph() = default;
CompiledGraph::CompiledGraph(CompiledGraph&&) noexcept = default;
CompiledGraph& CompiledGraph::operator=(CompiledGraph&&) noexcept = default;

std::vector<at::Tensor> CompiledGraph::run(const at::Tensor& image,
                                           const std::vector<bool>& wanted) {
  const auto& expected = impl_->image_shape;
  require_shape(image, {expected[0], expected[1], expected[2], expected[3]}, "image");
  require_dtype(image, at::kFloat, "image");
  const auto contiguous = image.contiguous();
  const auto asked = wanted.empty() ? std::vector<bool>(impl_->outputs.size(), true) : wanted;
  if (asked.size() != impl_->outputs.size()) {
    throw Error(ErrorCode::invalid_option, "wanted: expected " +
                                               std::to_string(impl_->outputs.size()) +
                                               " outputs, got another number; name each one");
  }
  const auto needed = find_needed(impl_->skeleton, asked);
  for (auto& step : impl_->ready) {
    if (needed[step.node]) impl_->run_step(step, contiguous.data_ptr());
  }
  impl_->stream.wait();
  std::vector<at::Tensor> outputs(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& [shape, address] = impl_->outputs[i];
    if (asked[i]) outputs[i] = at::from_blob(address, shape, at::kFloat).clone();
  }
  return outputs;
}

const std::vector<StepInfo>& CompiledGraph::steps() const { return impl_->infos; }

std::vector<double> CompiledGraph::time_steps(const at::Tensor& image, int64_t runs) {
  run(image);
  const auto contiguous = image.contiguous();
  std::vector<double> least(impl_->ready.size(), std::numeric_limits<double>::infinity());
  for (int64_t i = 0; i < runs; ++i) {
    for (std::size_t step = 0; step < least.size(); ++step) {
      const auto start = std::chrono::steady_clock::now();
      impl_->run_step(impl_->ready[step], contiguous.data_ptr());
      impl_->stream.wait();
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      least[step] = std::min(least[step], taken.count());
    }
  }
  return least;
}

std::size_t CompiledGraph::memory_bytes() const { return impl_->bytes; }

}  // namespace cxrnet::engine
