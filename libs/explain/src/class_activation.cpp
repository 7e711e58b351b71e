#include "cxrnet/explain/class_activation.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <vector>

#include "cxrnet/explain/heat_map.h"
#include "cxrnet/nn/cxr_net.h"

namespace cxrnet::explain {
namespace {

LevelGradient level_gradient_of_one_pass(nn::CxrNet& model, const at::Tensor& image,
                                         const at::Tensor& target, int64_t level) {
  const at::AutoGradMode recording(true);
  // The image asks for a gradient, so that a frozen model records a graph, too.
  const auto levels = model->features(image.detach().requires_grad_(true));
  const auto score = target_logit(model->head()->forward(levels.back()), target).sum();
  const auto& activation = levels.at(static_cast<std::size_t>(level));
  const auto gradient = torch::autograd::grad({score}, {activation}).front();
  return {.activation = activation.detach(), .gradient = gradient};
}

at::Tensor rectified_sum(const at::Tensor& weights, const at::Tensor& activation) {
  return (weights * activation).sum(1, /*keepdim=*/true).relu();
}

}  // namespace

LevelGradient level_gradient(nn::CxrNet& model, const at::Tensor& image, const at::Tensor& target,
                             int64_t level, const PassOptions& passes) {
  std::vector<at::Tensor> activations;
  std::vector<at::Tensor> gradients;
  for (int64_t first = 0; first < image.size(0); first += passes.batch_size) {
    const auto size = std::min(passes.batch_size, image.size(0) - first);
    const auto part = level_gradient_of_one_pass(model, image.narrow(0, first, size),
                                                 target.narrow(0, first, size), level);
    activations.push_back(part.activation);
    gradients.push_back(part.gradient);
  }
  return {.activation = at::cat(activations), .gradient = at::cat(gradients)};
}

at::Tensor grad_cam(const LevelGradient& level) {
  return rectified_sum(level.gradient.mean({2, 3}, /*keepdim=*/true), level.activation);
}

at::Tensor grad_cam_plus_plus(const LevelGradient& level) {
  const auto& [activation, gradient] = level;
  const auto second = gradient.square();
  const auto third_sum = (activation * second * gradient).sum({2, 3}, /*keepdim=*/true);
  const auto denominator = 2.0 * second + third_sum;
  const auto empty = denominator == 0.0;
  const auto alpha = (second / denominator.masked_fill(empty, 1.0)).masked_fill(empty, 0.0);
  return rectified_sum((alpha * gradient.relu()).sum({2, 3}, /*keepdim=*/true), activation);
}

at::Tensor layer_cam(const LevelGradient& level) {
  return rectified_sum(level.gradient.relu(), level.activation);
}

}  // namespace cxrnet::explain
