// Rewrites a graph so that fewer and larger operations compute the same.
#pragma once

#include "cxrnet/engine/graph.h"

namespace cxrnet::engine {

/// All of the passes below, in order, then operations without effect dropped.
Graph fuse(Graph graph);

/// One scale and shift after another become one.
void merge_affines(Graph& graph);

/// Batch norm after a convolution becomes part of its weights and bias.
void fold_batch_norms(Graph& graph);

/// ReLU of a concatenation or of a pixel shuffle becomes ReLU of their inputs, and none where an
/// input cannot be negative: activations come to stand behind convolutions.
void lift_rectifiers(Graph& graph);

/// Activations and sums become part of the convolution before them.
void fuse_sums(Graph& graph);
void fuse_activations(Graph& graph);

/// The convolution before a pixel shuffle writes its channels in block-major order.
void order_shuffled_channels(Graph& graph);

/// Operations that no output needs.
void drop_unused(Graph& graph);

}  // namespace cxrnet::engine
