#include "cxrnet/nn/conv_norm.h"

#include "cxrnet/nn/norm_rectify.h"

namespace cxrnet::nn {

ConvNormImpl::ConvNormImpl(const ConvNormOptions& options)
    : negative_slope_(options.negative_slope) {
  const auto& [in, out, kernel, padding, stride, epsilon, slope] = options;
  conv_ = register_module(
      "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, {kernel[0], kernel[1]})
                                    .padding({padding[0], padding[1]})
                                    .stride(stride)
                                    .bias(false)));
  bn_ = register_module("bn",
                        torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(out).eps(epsilon)));
}

at::Tensor ConvNormImpl::forward(const at::Tensor& input) {
  return norm_rectify(bn_, conv_->forward(input), {}, negative_slope_);
}

}  // namespace cxrnet::nn
