// libtorch's own record of what a function computes.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

#include "cxrnet/engine/trace.h"

namespace cxrnet::engine {

/// Runs `function` once on a black image of that size under libtorch's tracer.
std::shared_ptr<torch::jit::Graph> record(const Function& function, Pair size);

}  // namespace cxrnet::engine
