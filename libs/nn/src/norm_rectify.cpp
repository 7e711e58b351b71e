#include "cxrnet/nn/norm_rectify.h"

#include <ATen/Functions.h>
#include <c10/util/Optional.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "channel_kernels.h"

namespace cxrnet::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

ChannelMap map_of(const at::Tensor& input) {
  return {.pixels = input.numel() / input.size(1), .channels = input.size(1)};
}

std::vector<float> to_vector(const at::Tensor& per_channel) {
  const auto values = per_channel.to(at::kFloat).contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

at::Tensor to_tensor(const std::vector<float>& per_channel) {
  return at::tensor(at::ArrayRef<float>(per_channel), at::kFloat);
}

at::Tensor channels_last(const at::Tensor& map, at::ScalarType type) {
  return map.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

// Calls body(T()) with the type of the map's values.
template <class Body>
void with_type_of(const at::Tensor& map, const Body& body) {
  if (map.scalar_type() == at::kFloat) {
    body(float());
  } else {
    body(c10::BFloat16());
  }
}

template <class T>
T* data_or_null(const c10::optional<at::Tensor>& map) {
  return map.has_value() ? map->data_ptr<T>() : nullptr;
}

// What the forward pass leaves to the backward pass beside maps: 4 rows of a [4, C] f32 tensor.
struct ChannelState {
  ChannelScale norm;
  std::vector<float> mean, inverse_deviation;

  at::Tensor packed() const {
    return at::stack({to_tensor(norm.scale), to_tensor(norm.shift), to_tensor(mean),
                      to_tensor(inverse_deviation)});
  }
  static ChannelState unpacked(const at::Tensor& rows, double negative_slope) {
    return {.norm = {.scale = to_vector(rows[0]),
                     .shift = to_vector(rows[1]),
                     .negative_slope = static_cast<float>(negative_slope)},
            .mean = to_vector(rows[2]),
            .inverse_deviation = to_vector(rows[3])};
  }
};

ChannelState channel_state(const ChannelMoments& moments, const at::Tensor& weight,
                           const at::Tensor& bias, double epsilon, double negative_slope) {
  ChannelState state{.norm = {.scale = to_vector(weight),
                              .shift = to_vector(bias),
                              .negative_slope = static_cast<float>(negative_slope)},
                     .mean = moments.mean,
                     .inverse_deviation = moments.variance};
  for (std::size_t channel = 0; channel < state.mean.size(); ++channel) {
    auto& inverse = state.inverse_deviation[channel];
    inverse = static_cast<float>(1.0 / std::sqrt(static_cast<double>(inverse) + epsilon));
    state.norm.scale[channel] *= inverse;
    state.norm.shift[channel] -= state.mean[channel] * state.norm.scale[channel];
  }
  return state;
}

// With g the gradient before the rectifier, x^ the normalised input and M pixels:
// dx = scale * (g - sum(g) / M - x^ * sum(g * x^) / M), sorted by g, x and what is constant.
InputGradient input_gradient(const GradientSums& sums, const ChannelState& state, int64_t pixels) {
  InputGradient by{
      .by_gradient = state.norm.scale, .by_input = state.norm.scale, .constant = state.norm.scale};
  const auto count = static_cast<float>(pixels);
  for (std::size_t channel = 0; channel < by.constant.size(); ++channel) {
    const float inverse = state.inverse_deviation[channel];
    by.by_input[channel] *= -inverse * inverse * sums.gradient_by_input[channel] / count;
    by.constant[channel] *= -sums.gradient[channel] / count;
    by.constant[channel] -= by.by_input[channel] * state.mean[channel];
  }
  return by;
}

// input, residual (or none), weight, bias -> rectified sum, mean and biased variance.
class NormRectify final : public torch::autograd::Function<NormRectify> {
 public:
  static variable_list forward(AutogradContext* context, const Variable& input,
                               const c10::optional<at::Tensor>& residual, const Variable& weight,
                               const Variable& bias, double epsilon, double negative_slope) {
    const auto map = map_of(input);
    auto output = at::empty_like(input);
    ChannelMoments moments;
    ChannelState state;
    with_type_of(input, [&](auto type) {
      using T = decltype(type);
      moments = channel_moments(input.data_ptr<T>(), map);
      state = channel_state(moments, weight, bias, epsilon, negative_slope);
      scale_and_rectify(input.data_ptr<T>(), data_or_null<T>(residual), state.norm, map,
                        output.data_ptr<T>());
    });
    const auto mean = to_tensor(moments.mean);
    const auto variance = to_tensor(moments.variance);
    context->mark_non_differentiable({mean, variance});
    // The output tells the rectifier's sign where a residual was added; else the input does.
    context->save_for_backward(
        {input, residual.has_value() ? output : at::Tensor(), state.packed()});
    context->saved_data["negative_slope"] = negative_slope;
    return {output, mean, variance};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (at::GradMode::is_enabled())
      throw std::logic_error("norm_rectify: expected a first derivative, got a second");
    const auto saved = context->get_saved_variables();
    const auto& input = saved[0];
    const auto& output = saved[1];
    const auto map = map_of(input);
    const auto state =
        ChannelState::unpacked(saved[2], context->saved_data["negative_slope"].toDouble());
    const auto gradient = channels_last(gradients[0], input.scalar_type());
    auto of_input = at::empty_like(input);
    auto of_residual = output.defined() ? at::empty_like(input) : at::Tensor();
    GradientSums sums;
    with_type_of(input, [&](auto type) {
      using T = decltype(type);
      const auto* x = input.data_ptr<T>();
      const auto* behind = gradient.data_ptr<T>();
      if (output.defined()) {
        sums = gradient_sums_of_sum(behind, x, output.data_ptr<T>(), state.norm.negative_slope,
                                    state.mean, map, of_residual.data_ptr<T>());
        linear_input_gradient(of_residual.data_ptr<T>(), x, input_gradient(sums, state, map.pixels),
                              map, of_input.data_ptr<T>());
      } else {
        sums = gradient_sums(behind, x, state.norm, state.mean, map);
        rectified_input_gradient(behind, x, state.norm, input_gradient(sums, state, map.pixels),
                                 map, of_input.data_ptr<T>());
      }
    });
    const auto of_weight = to_tensor(sums.gradient_by_input) * to_tensor(state.inverse_deviation);
    return {of_input, of_residual, of_weight, to_tensor(sums.gradient), Variable(), Variable()};
  }
};

bool takes_fused_loops(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& input) {
  const auto type = input.scalar_type();
  return norm.is_training() && norm.weight.defined() && input.is_cpu() && input.dim() == 4 &&
         (type == at::kFloat || type == at::kBFloat16) &&
         input.is_contiguous(at::MemoryFormat::ChannelsLast) && input.numel() > input.size(1);
}

// As torch::nn::BatchNorm2d::forward does: without a momentum, the plain average over all batches.
void update_running_statistics(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& mean,
                               const at::Tensor& variance, int64_t pixels) {
  if (!norm.options.track_running_stats()) return;
  const at::NoGradGuard no_grad;
  norm.num_batches_tracked += 1;
  const double momentum =
      norm.options.momentum().value_or(1.0 / norm.num_batches_tracked.item<double>());
  const auto count = static_cast<double>(pixels);
  norm.running_mean.lerp_(mean, momentum);
  norm.running_var.lerp_(variance * (count / (count - 1.0)), momentum);
}

at::Tensor rectified(at::Tensor map, double negative_slope) {
  if (negative_slope == kIdentitySlope) return map;
  return negative_slope == 0.0 ? at::relu_(map) : at::leaky_relu_(map, negative_slope);
}

}  // namespace

at::Tensor norm_rectify(torch::nn::BatchNorm2d& norm, const at::Tensor& input,
                        const at::Tensor& residual, double negative_slope) {
  if (!takes_fused_loops(*norm, input)) {
    auto sum = norm->forward(input);
    if (residual.defined()) sum.add_(residual);
    return rectified(sum, negative_slope);
  }
  c10::optional<at::Tensor> added;
  if (residual.defined()) added = channels_last(residual, input.scalar_type());
  const auto results = NormRectify::apply(input, added, norm->weight, norm->bias,
                                          norm->options.eps(), negative_slope);
  update_running_statistics(*norm, results[1], results[2], map_of(input).pixels);
  return results[0];
}

}  // namespace cxrnet::nn
