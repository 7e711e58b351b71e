// Numbers that tools/golden/formula.py makes, too: weights and images without files.
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::nn::test {

inline uint64_t fnv1a(std::string_view text) {
  uint64_t value = 0xCBF29CE484222325ULL;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return value;
}

/// Element `index` (from 0) of the stream of `seed`, in [-1, 1): SplitMix64.
inline double uniform(uint64_t seed, int64_t index) {
  uint64_t state = seed + 0x9E3779B97F4A7C15ULL * (static_cast<uint64_t>(index) + 1);
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9ULL;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EBULL;
  state ^= state >> 31;
  return static_cast<double>(state >> 11) * 0x1.0p-52 - 1.0;
}

inline at::Tensor formula_tensor(const std::string& name, at::IntArrayRef sizes, double offset,
                                 double scale) {
  const auto tensor = at::empty(sizes, at::kFloat);
  const auto seed = fnv1a(name);
  auto* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(offset + scale * uniform(seed, i));
  return tensor;
}

/// A parameter or buffer: He-uniform weights, batch-norm figures near 1 and 0, variances positive.
inline at::Tensor formula_weights(const std::string& name, at::IntArrayRef sizes) {
  if (sizes.size() >= 2) {
    const auto fan_in = static_cast<double>(c10::multiply_integers(sizes.slice(1)));
    return formula_tensor(name, sizes, 0.0, std::sqrt(6.0 / fan_in));
  }
  if (name.ends_with("running_var") || name.ends_with("weight"))
    return formula_tensor(name, sizes, 1.0, 0.25);
  return formula_tensor(name, sizes, 0.0, 0.1);
}

/// A noise image in [-1, 1).
inline at::Tensor formula_image(const std::string& name, at::IntArrayRef sizes) {
  return formula_tensor(name, sizes, 0.0, 1.0);
}

}  // namespace cxrnet::nn::test
