#include "cxrnet/explain/baseline_maps.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <bit>

#include "cxrnet/core/random.h"

namespace cxrnet::explain {
namespace {

// FNV-1a over the pixels' bits.
uint64_t pixels_digest(const at::Tensor& image) {
  uint64_t digest = 0xCBF29CE484222325ULL;
  const auto* pixels = image.data_ptr<float>();
  for (int64_t i = 0; i < image.numel(); ++i)
    digest = (digest ^ std::bit_cast<uint32_t>(pixels[i])) * 0x100000001B3ULL;
  return digest;
}

}  // namespace

at::Tensor random_map(const at::Tensor& image, uint64_t seed) {
  const auto pixels = image.detach().cpu().contiguous();
  const auto map = at::empty(pixels.sizes(), at::kFloat);
  auto* values = map.data_ptr<float>();
  const auto size = pixels.size(1) * pixels.size(2) * pixels.size(3);
  for (int64_t n = 0; n < pixels.size(0); ++n) {
    Random random(derive_seed({seed, pixels_digest(pixels[n])}));
    for (int64_t i = 0; i < size; ++i)
      values[n * size + i] = static_cast<float>(random.bits() >> 40) * 0x1.0p-24F;
  }
  return map.to(image.device());
}

at::Tensor edge_map(const at::Tensor& image) {
  const auto across =
      at::tensor({-1.0F, 0.0F, 1.0F, -2.0F, 0.0F, 2.0F, -1.0F, 0.0F, 1.0F}, image.device())
          .view({1, 1, 3, 3});
  const auto padded = at::replication_pad2d(image, {1, 1, 1, 1});
  const auto horizontal = at::conv2d(padded, across);
  const auto vertical = at::conv2d(padded, across.transpose(2, 3));
  return (horizontal.square() + vertical.square()).sqrt();
}

}  // namespace cxrnet::explain
