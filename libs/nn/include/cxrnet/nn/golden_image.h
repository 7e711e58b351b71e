// The synthetic image that models are held against: what a file's networks answered to it when they
// were saved, and what compiled networks answer to it when they are used.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace cxrnet::nn {

/// Two crossed waves in [0.1, 0.9]: [1, 1, side, side] f32.
at::Tensor golden_image(int64_t side);

}  // namespace cxrnet::nn
