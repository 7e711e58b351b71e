// Images and options that the tests of augmentation share.
#pragma once

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "cxrnet/data/augmentation.h"

namespace cxrnet::data {

inline constexpr int64_t kSide = 32;
inline constexpr int kDraws = 200;

inline at::TensorOptions float_options() { return at::TensorOptions().dtype(at::kFloat); }

// Values 0.1 … 0.9, no two pixels of a row or column alike, no symmetry.
inline at::Tensor ramp() {
  const auto x = at::arange(kSide, float_options()).reshape({1, 1, kSide});
  const auto y = at::arange(kSide, float_options()).reshape({1, kSide, 1});
  return (x + y * 1.7).div(static_cast<double>(kSide) * 2.7).mul(0.8).add(0.1);
}

inline AugmentationOptions nothing() {
  AugmentationOptions options;
  options.rotation_degrees = options.scale = options.stretch = options.shear_degrees =
      options.translate = 0.0;
  options.brightness = options.contrast = options.gamma = options.noise = 0.0;
  options.keep_black = false;
  return options;
}

inline double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace cxrnet::data
