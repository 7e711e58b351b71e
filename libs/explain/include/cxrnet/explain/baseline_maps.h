// Maps that know nothing of the network: what a method must beat.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cxrnet::explain {

/// Uniform noise [N, 1, H, W] f32 in [0, 1). It depends on the seed and the image's pixels, so that
/// an image's map is the same alone and in any batch, and images differ.
at::Tensor random_map(const at::Tensor& image, uint64_t seed);

/// Edges of the image: magnitude of the Sobel gradient with replicated borders (the edge detector
/// baseline of Adebayo et al. 2018). [N, 1, H, W] f32 >= 0.
at::Tensor edge_map(const at::Tensor& image);

}  // namespace cxrnet::explain
