// Loops over channels-last maps that training spends its time in besides convolutions. A map is
// `pixels` times `channels` values; batch and space make no difference to them.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <vector>

namespace cxrnet::nn {

struct ChannelMap {
  int64_t pixels;
  int64_t channels;
};

/// Mean and biased variance of each channel over the pixels.
struct ChannelMoments {
  std::vector<float> mean, variance;
};
template <class T>
ChannelMoments channel_moments(const T* input, ChannelMap map);

/// What batch norm and rectifier do to a channel: z = scale * x + shift, y = z if z > 0, else
/// negative_slope * z.
struct ChannelScale {
  std::vector<float> scale, shift;
  float negative_slope = 0.0F;
};
/// `residual` is added before the rectifier; it may be null.
template <class T>
void scale_and_rectify(const T* input, const T* residual, const ChannelScale& norm, ChannelMap map,
                       T* output);

/// Sums over the pixels of g, the gradient before the rectifier, and of g * (x - mean).
struct GradientSums {
  std::vector<float> gradient, gradient_by_input;
};
/// From the gradient behind the rectifier; its sign is computed again from the input.
template <class T>
GradientSums gradient_sums(const T* gradient, const T* input, const ChannelScale& norm,
                           const std::vector<float>& mean, ChannelMap map);
/// The same where a residual was added: the sign is the output's, and g is written to `before`,
/// since it is the residual's gradient.
template <class T>
GradientSums gradient_sums_of_sum(const T* gradient, const T* input, const T* output,
                                  float negative_slope, const std::vector<float>& mean,
                                  ChannelMap map, T* before);

/// The input's gradient, by_gradient * g + by_input * x + constant, for each channel.
struct InputGradient {
  std::vector<float> by_gradient, by_input, constant;
};
/// From the gradient behind the rectifier.
template <class T>
void rectified_input_gradient(const T* gradient, const T* input, const ChannelScale& norm,
                              const InputGradient& by, ChannelMap map, T* output);
/// From g.
template <class T>
void linear_input_gradient(const T* before, const T* input, const InputGradient& by, ChannelMap map,
                           T* output);

}  // namespace cxrnet::nn
