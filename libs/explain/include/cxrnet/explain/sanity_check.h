// Does a map depend on what the model has learned? Cascading weight randomisation (Adebayo et al.
// 2018, "Sanity Checks for Saliency Maps"): layer after layer, from the head downwards, loses its
// weights; a map that stays the same was an edge detector.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cxrnet/metrics/figure.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet::explain {

/// A method's heat maps of fixed images and targets, [N, 1, H, W] f32 in [0, 1].
using HeatOf = std::function<at::Tensor(nn::CxrNet& model)>;

/// What is left of the maps when a layer and all above it are random.
struct SanityStep {
  std::string layer;                 ///< the last one that was randomised, such as "encoder.layer4"
  metrics::Figure ssim;              ///< mean structural similarity with the original maps
  metrics::Figure rank_correlation;  ///< mean of Spearman's with them
  int64_t n = 0;                     ///< images whose maps are compared
  int64_t n_dead = 0;                ///< others, whose original or new map is dead (heat_map.h)
};

/// The order of randomisation: the head, the encoder's layers from the last to the first (for
/// AlexNet and VGG each convolution by itself, else the blocks by which their paper names them),
/// then the decoder where there is one: last, so that a representation image is first seen without
/// what the classifier has learned.
std::vector<std::string> sanity_layers(nn::CxrNet& model);

/// Randomises layer after layer, each to the weights of a new network of `seed` (batch norms at 1,
/// those at the end of residual branches, too), and compares the maps. The model gets its weights
/// back bit for bit, after an error, too; torch's default random generator stays as it was. Errors:
/// whatever `heat_of` throws; as structural_similarity.
std::vector<SanityStep> sanity_check(nn::CxrNet& model, const HeatOf& heat_of, int64_t seed = 1);

}  // namespace cxrnet::explain
