#include "uncomputed_convolutions.h"

#include <ATen/Functions.h>
#include <ATen/core/Tensor.h>
#include <c10/util/Optional.h>
#include <torch/library.h>

#include <vector>

namespace cxrnet::engine {
namespace {

using Bias = c10::optional<at::Tensor>;

// Zeros, not what memory holds: numbers that are nearly 0 would slow down what comes after.
at::Tensor map_of(const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef padding,
                  at::IntArrayRef stride, at::IntArrayRef dilation) {
  std::vector<int64_t> sizes{input.size(0), weight.size(0)};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto side = static_cast<int64_t>(axis) + 2;
    const auto reach = dilation[axis] * (weight.size(side) - 1) + 1;
    sizes.push_back((input.size(side) + 2 * padding[axis] - reach) / stride[axis] + 1);
  }
  return at::zeros(sizes, input.options());
}

at::Tensor by_onednn(const at::Tensor& input, const at::Tensor& weight, const Bias&,
                     at::IntArrayRef padding, at::IntArrayRef stride, at::IntArrayRef dilation,
                     int64_t) {
  return map_of(input, weight, padding, stride, dilation);
}

at::Tensor by_columns(const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef,
                      const Bias&, at::IntArrayRef stride, at::IntArrayRef padding) {
  return map_of(input, weight, padding, stride, {1, 1});
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, TESTING_ONLY_GenericMode, library) {
  library.impl("mkldnn_convolution", by_onednn);
  library.impl("_slow_conv2d_forward", by_columns);
}

UncomputedConvolutions::UncomputedConvolutions() = default;

}  // namespace cxrnet::engine
