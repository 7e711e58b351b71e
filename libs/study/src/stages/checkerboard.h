// How much of an image is checkerboard: what upsampling leaves behind when its pixels are made by
// unrelated kernels (Odena, Dumoulin and Olah 2016).
#pragma once

#include <ATen/core/Tensor.h>

namespace cxrnet::study {

/// Share of each image's power, its mean left out, at frequencies of at least 7/8 of the highest
/// one across or down: `image` [N, 1, H, W] f32 -> [N] f64 in [0, 1]; NaN for a constant image. A
/// checkerboard or a comb of single lines gives 1, a smooth image nearly 0. Errors: invalid_shape.
at::Tensor checkerboard_energy(const at::Tensor& image);

}  // namespace cxrnet::study
