// Batch normalisation, sum and rectifier in one step, as they follow each other in every block.
#pragma once

#include <torch/nn/modules/batchnorm.h>
#include <torch/types.h>

namespace cxrnet::nn {

/// The slope that leaves negative values as they are: no rectifier.
inline constexpr double kIdentitySlope = 1.0;

/// rectify(norm(input) + residual) with a leaky rectifier of `negative_slope` (eq. (4); 0 is the
/// plain one). `input` [N, C, H, W]; `residual` of its shape, or undefined for none; the result
/// has the input's shape and dtype, and running statistics are updated as libtorch does.
///
/// While `norm` trains on a CPU, channels-last images in f32 or bf16 take fused loops: forwards and
/// backwards they read and write a map eight times, where single operations do thirteen times.
/// They have no second derivative (errors: std::logic_error). Everything else, and so every
/// deployed network, is computed by libtorch's own operations.
at::Tensor norm_rectify(torch::nn::BatchNorm2d& norm, const at::Tensor& input,
                        const at::Tensor& residual = {}, double negative_slope = 0.0);

}  // namespace cxrnet::nn
