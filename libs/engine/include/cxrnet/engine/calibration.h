// Which numbers the maps of a network hold, so that int8 can represent them, and which convolutions
// lose too much by it.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "cxrnet/engine/graph.h"

namespace cxrnet::engine {

/// Runs the fused graph in f32 on `images` [N, 1, H, W], N >= 1, and gives every map its range: its
/// least and its greatest number.
void calibrate(Graph& graph, const at::Tensor& images);

/// How far answers are from exact ones, such as the mean difference of a probability; each tensor
/// is one output of the network for all images.
using Difference = std::function<double(const std::vector<at::Tensor>& answers,
                                        const std::vector<at::Tensor>& exact)>;

/// Takes the range off one value after another, beginning with the one that int8 harms most when
/// it is the only one in int8, until the answers to `images` [N, 1, H, W] in int8 are within
/// `tolerance` of those in f32. Convolutions that read a value without a range are not computed in
/// int8. For calibrated graphs, on processors that have int8.
void spare_sensitive(Graph& graph, const at::Tensor& images, const Difference& difference,
                     double tolerance);

}  // namespace cxrnet::engine
