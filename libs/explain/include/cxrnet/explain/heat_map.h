// From a method's raw map to a heat map that compares with the others.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cxrnet::explain {

/// Each image's map [N, 1, H, W] scaled to [0, 1] by its own minimum and maximum, f32. A map that
/// is constant up to rounding (range at most 1e-6 of its largest magnitude) says nothing and
/// becomes all 0. Errors: invalid_shape; diverged for NaN or infinity.
at::Tensor normalise_heat(const at::Tensor& map);

/// Which maps [N, 1, H, W] are dead: constant up to rounding, as above, so that they name nothing.
/// [N] bool. Measures count a dead map as a miss and say how many there were. Errors:
/// invalid_shape.
at::Tensor is_dead(const at::Tensor& heat);

/// Bilinear, pixel centres aligned by area (align_corners = false): [N, C, h, w] -> [N, C, height,
/// width].
at::Tensor upsample_map(const at::Tensor& map, int64_t height, int64_t width);

/// The logit of each image's target: logits [N, classes], target [N] i64 -> [N].
at::Tensor target_logit(const at::Tensor& logits, const at::Tensor& target);

}  // namespace cxrnet::explain
