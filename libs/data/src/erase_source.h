// What stands in for erased and removed pixels of a training image.
#pragma once

#include <ATen/core/Tensor.h>

#include "cxrnet/data/augmentation.h"

namespace cxrnet::data {

/// A whole image of `fill`, to copy erased pixels from; `any` draws one of the others. `image`
/// [1, S, S] -> the same shape; where nothing is to be computed the result is a view.
at::Tensor erase_source(const at::Tensor& image, EraseFill fill, Random& random);

}  // namespace cxrnet::data
