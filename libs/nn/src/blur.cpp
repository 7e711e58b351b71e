#include "cxrnet/nn/blur.h"

#include <ATen/Functions.h>

#include "cxrnet/core/shape.h"

namespace cxrnet::nn {

at::Tensor strong_blur(const at::Tensor& image) {
  require_shape(image, {-1, -1, -1, -1}, "image");
  const auto cells = at::adaptive_avg_pool2d(image, {kBlurCells, kBlurCells});
  return at::upsample_bilinear2d(cells, image.sizes().slice(2), /*align_corners=*/false);
}

}  // namespace cxrnet::nn
