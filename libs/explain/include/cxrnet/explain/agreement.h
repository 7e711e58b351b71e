// Do two heat maps of the same image say the same: two runs, two methods, before and after a change
// of the model?
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cxrnet/metrics/figure.h"

namespace cxrnet::explain {

/// Structural similarity (Wang et al. 2004) of each pair of maps [N, 1, H, W] f32 in [0, 1]: mean
/// over the positions where the 11 x 11 Gaussian window (deviation 1.5) lies inside the image,
/// K1 = 0.01, K2 = 0.03, range 1, population moments. From −1 to 1; 1 for equal maps.
/// Errors: invalid_shape, also below 11 pixels; invalid_option for values outside [0, 1].
std::vector<metrics::Figure> structural_similarity(const at::Tensor& a, const at::Tensor& b);

/// Spearman's rank correlation over the pixels of each pair of maps [N, 1, H, W], equal values
/// sharing their mean rank. From −1 to 1. Undefined where a map is constant and so ranks nothing.
/// Errors: invalid_shape.
std::vector<metrics::Figure> rank_correlation(const at::Tensor& a, const at::Tensor& b);

/// The ranks 1 … M of each row, equal values sharing their mean rank: [N, M] -> [N, M] f64.
/// Errors: invalid_shape.
at::Tensor mean_ranks(const at::Tensor& values);

}  // namespace cxrnet::explain
