// Which numbers the maps of a network hold, so that int8 can represent them.
#pragma once

#include <ATen/core/Tensor.h>

#include "cxrnet/engine/graph.h"

namespace cxrnet::engine {

/// Runs the fused graph in f32 on `images` [N, 1, H, W], N >= 1, and gives every map its range: its
/// least and its greatest number.
void calibrate(Graph& graph, const at::Tensor& images);

}  // namespace cxrnet::engine
