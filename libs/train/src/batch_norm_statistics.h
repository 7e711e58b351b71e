// Running statistics of batch normalisation, estimated anew for the weights and the pass that are
// deployed.
#pragma once

#include <torch/nn/module.h>

#include <functional>

namespace cxrnet::train {

/// Forgets the running means and variances of every batch norm in `network` and replaces them by
/// the plain average over the batches that `run_batches` sends through it. Only batch norms are in
/// training mode meanwhile; modes and momenta are restored, no gradient is recorded.
///
/// Two things make the statistics gathered during training unfit: averaged weights never saw a
/// batch (Izmailov et al. 2018), and the shared encoder of CXR-Net sees X-rays and representation
/// images in turn, so that its running averages describe a mixture of both, while the deployed
/// prediction is the first pass's. See docs/adr/006.
void estimate_batch_norm_statistics(torch::nn::Module& network,
                                    const std::function<void()>& run_batches);

}  // namespace cxrnet::train
