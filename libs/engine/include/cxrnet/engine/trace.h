// From a network of nn to the graph of what it computes.
#pragma once

#include <functional>
#include <vector>

#include "cxrnet/engine/graph.h"

namespace cxrnet::engine {

/// What a graph is read from: the answers to images [N, 1, H, W] f32 in [0, 1], such as logits and
/// representation. The networks behind it are in evaluation mode.
using Function = std::function<std::vector<at::Tensor>(const at::Tensor& image)>;

/// Runs `function` once on a black image of that size and lists the operations that it went
/// through, so that the graph cannot differ from what nn computes. Weights are shared with the
/// network, not copied. Errors: those of `function`; internal when it computes something that is
/// not a chain of tensor operations.
Graph trace(const Function& function, Pair size);

}  // namespace cxrnet::engine
