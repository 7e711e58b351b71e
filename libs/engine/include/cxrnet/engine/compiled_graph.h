// A graph made ready to run: oneDNN primitives with weights in their own layouts, in one block of
// memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cxrnet/engine/graph.h"
#include "cxrnet/engine/options.h"

namespace cxrnet::engine {

/// One call of a run, such as a convolution with what was fused into it.
struct StepInfo {
  std::string name;                      ///< operation and output shape
  std::string implementation;            ///< oneDNN's name of the kernel, "cxrnet" or "libtorch"
  Precision precision = Precision::f32;  ///< of its products; of libtorch's, f32
  int64_t multiply_accumulates = 0;
  std::size_t bytes = 0;  ///< that it reads and writes, weights included
};

/// Not thread-safe: a run uses the compiled graph's own memory.
class CompiledGraph {
 public:
  /// Answers batches of `images` images alone. Errors: invalid_option when the processor lacks the
  /// precision.
  CompiledGraph(const Graph& graph, int64_t images, const EngineOptions& options);
  ~CompiledGraph();
  CompiledGraph(CompiledGraph&&) noexcept;
  CompiledGraph& operator=(CompiledGraph&&) noexcept;

  /// `image` [N, 1, H, W] f32 -> the graph's outputs, f32; where `wanted` is given, the others are
  /// neither computed nor defined. Errors: invalid_shape.
  std::vector<at::Tensor> run(const at::Tensor& image, const std::vector<bool>& wanted = {});

  /// The steps in order, and how long each takes, seconds: the least of `runs` runs.
  const std::vector<StepInfo>& steps() const;
  std::vector<double> time_steps(const at::Tensor& image, int64_t runs);

  std::size_t memory_bytes() const;  ///< of values and scratch, without weights

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cxrnet::engine
