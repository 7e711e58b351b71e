// What stands in for removed pixels: a copy of the image that keeps its brightness and loses its
// detail, so that removal adds no edges and stays close to what X-rays look like.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace cxrnet::nn {

/// The blurred copy keeps this many cells per side.
inline constexpr int64_t kBlurCells = 8;

/// Means of kBlurCells x kBlurCells cells, interpolated bilinearly: `image` [N, C, H, W] -> the
/// same shape and dtype. Differentiable. Errors: invalid_shape.
at::Tensor strong_blur(const at::Tensor& image);

}  // namespace cxrnet::nn
