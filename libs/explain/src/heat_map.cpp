#include "cxrnet/explain/heat_map.h"

#include <ATen/Functions.h>
#include <torch/nn/functional/upsampling.h>

#include <string>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"

namespace cxrnet::explain {
namespace {

// Interpolating a constant map leaves differences of a rounding error, which scaling would blow up.
constexpr double kConstantRange = 1e-6;

// Where a map spans at most a rounding error of its largest magnitude: [N, 1, 1, 1] bool.
at::Tensor is_constant(const at::Tensor& lowest, const at::Tensor& highest) {
  return highest - lowest <= kConstantRange * at::maximum(highest.abs(), lowest.abs());
}

}  // namespace

at::Tensor is_dead(const at::Tensor& heat) {
  require_shape(heat, {-1, 1, -1, -1}, "heat");
  if (heat.size(0) == 0) return at::empty({0}, at::kBool);
  return is_constant(heat.amin({2, 3}), heat.amax({2, 3})).flatten();
}

at::Tensor normalise_heat(const at::Tensor& map) {
  require_shape(map, {-1, 1, -1, -1}, "heat");
  if (!at::isfinite(map).all().item<bool>()) {
    throw Error(ErrorCode::diverged,
                "heat: expected finite numbers, got NaN or infinity; check the model's weights");
  }
  const auto lowest = map.amin({2, 3}, /*keepdim=*/true);
  const auto highest = map.amax({2, 3}, /*keepdim=*/true);
  const auto constant = is_constant(lowest, highest);
  const auto scaled = (map - lowest) / (highest - lowest).masked_fill(constant, 1.0);
  return scaled.masked_fill(constant, 0.0).to(at::kFloat);
}

at::Tensor upsample_map(const at::Tensor& map, int64_t height, int64_t width) {
  namespace F = torch::nn::functional;
  return F::interpolate(map, F::InterpolateFuncOptions()
                                 .size(std::vector<int64_t>{height, width})
                                 .mode(torch::kBilinear)
                                 .align_corners(false));
}

at::Tensor target_logit(const at::Tensor& logits, const at::Tensor& target) {
  return logits.gather(1, target.unsqueeze(1)).squeeze(1);
}

}  // namespace cxrnet::explain
