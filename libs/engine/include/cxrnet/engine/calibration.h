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

/// Takes the range off one value after another, beginning with the one that int8 harms most when no
/// other convolution's input is in int8, until the answers to `images` [N, 1, H, W] in int8 are
/// within `tolerance` of those in f32, or no convolution is left in int8: those that read a value
/// without a range are not. Returns how many values lost theirs. Errors: invalid_option for a graph
/// that was not calibrated, or on a processor without int8.
int64_t spare_sensitive(Graph& graph, const at::Tensor& images, const Difference& difference,
                        double tolerance);

/// Errors: invalid_option unless calibrate has seen images of the graph's size.
void require_calibrated(const Graph& graph);

}  // namespace cxrnet::engine
