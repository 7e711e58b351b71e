// What a compiled graph is made of before and after its memory is planned.
#pragma once

#include <cstddef>
#include <functional>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cxrnet/engine/compiled_graph.h"

namespace cxrnet::engine {

using BufferId = std::size_t;

/// Where a value lies: a part of a buffer, and how its numbers are laid out there.
struct Placement {
  dnnl::memory::desc desc;
  BufferId buffer;
  std::size_t offset = 0;  ///< bytes
  float scale = 1.0F;      ///< real = number x scale, see quantisation.h
};

/// An argument of a step: oneDNN's number of it, and where it lies.
struct Binding {
  int argument;
  Placement placement;
};

/// A oneDNN primitive, or a function of the addresses of its bindings.
struct Step {
  StepInfo info;
  dnnl::primitive primitive;
  std::function<void(const std::vector<void*>&)> function;
  std::vector<Binding> bindings;
  std::unordered_map<int, dnnl::memory> weights;
  std::size_t scratch_bytes = 0;
  std::size_t node = 0;  ///< index of the operation it belongs to; beyond all: of an output
};

/// All steps and how large their buffers are; buffer 0 is the image, which the caller owns.
struct Schedule {
  std::vector<Step> steps;
  std::vector<std::size_t> buffers;  ///< bytes of each
  std::vector<Placement> outputs;    ///< f32, [N, C, H, W] or [N, C] in that order
};

inline constexpr BufferId kImageBuffer = 0;

}  // namespace cxrnet::engine
