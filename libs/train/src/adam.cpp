#include "cxrnet/train/adam.h"

#include <ATen/Functions.h>
#include <torch/nn/module.h>

#include <cmath>

#include "adam_kernel.h"
#include "state.h"

namespace cxrnet::train {
namespace {

// Whether parameter, gradient and moments (made like the parameter) can be gone through as arrays.
bool share_layout(const at::Tensor& parameter, const at::Tensor& gradient) {
  return parameter.is_cpu() && parameter.scalar_type() == at::kFloat &&
         gradient.scalar_type() == at::kFloat && parameter.is_non_overlapping_and_dense() &&
         gradient.strides() == parameter.strides();
}

}  // namespace

Adam::Adam(const torch::nn::Module& network, const AdamSettings& settings) : settings_(settings) {
  for (const auto& item : network.named_parameters()) {
    const auto& parameter = item.value();
    if (!parameter.requires_grad()) continue;
    slots_.push_back({item.key(), parameter, at::zeros_like(parameter), at::zeros_like(parameter)});
  }
}

void Adam::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  for (auto& slot : slots_) {
    if (slot.parameter.grad().defined()) update(slot, learning_rate);
  }
}

void Adam::update(Slot& slot, double learning_rate) const {
  const double correction1 = 1.0 - std::pow(settings_.beta1, static_cast<double>(steps_));
  const double correction2 = 1.0 - std::pow(settings_.beta2, static_cast<double>(steps_));
  const bool decays = settings_.weight_decay > 0.0 && slot.parameter.dim() > 1;
  const double kept = decays ? 1.0 - learning_rate * settings_.weight_decay : 1.0;
  const double step_size = learning_rate / correction1;
  const auto& gradient = slot.parameter.grad();
  if (share_layout(slot.parameter, gradient)) {
    adam_kernel(slot.parameter.data_ptr<float>(), gradient.data_ptr<float>(),
                slot.first.data_ptr<float>(), slot.second.data_ptr<float>(), gradient.numel(),
                {.beta1 = static_cast<float>(settings_.beta1),
                 .beta2 = static_cast<float>(settings_.beta2),
                 .new1 = static_cast<float>(1.0 - settings_.beta1),
                 .new2 = static_cast<float>(1.0 - settings_.beta2),
                 .epsilon = static_cast<float>(settings_.epsilon),
                 .kept = static_cast<float>(kept),
                 .step_size = static_cast<float>(step_size),
                 .root_correction = static_cast<float>(1.0 / std::sqrt(correction2))});
    return;
  }
  if (decays) slot.parameter.mul_(kept);
  slot.first.mul_(settings_.beta1).add_(gradient, 1.0 - settings_.beta1);
  slot.second.mul_(settings_.beta2).addcmul_(gradient, gradient, 1.0 - settings_.beta2);
  const auto denominator = slot.second.sqrt().div_(std::sqrt(correction2)).add_(settings_.epsilon);
  slot.parameter.addcdiv_(slot.first, denominator, -step_size);
}

void Adam::zero_gradients() {
  for (auto& slot : slots_) slot.parameter.mutable_grad() = at::Tensor();
}

double Adam::clip_gradients(double limit) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> norms;
  for (const auto& slot : slots_) {
    if (slot.parameter.grad().defined()) norms.push_back(slot.parameter.grad().norm());
  }
  if (norms.empty()) return 0.0;
  const double norm = at::stack(norms).norm().item<double>();
  if (limit > 0.0 && norm > limit) {
    for (auto& slot : slots_) {
      if (slot.parameter.grad().defined()) slot.parameter.mutable_grad().mul_(limit / norm);
    }
  }
  return norm;
}

void Adam::save(Safetensors& checkpoint) const {
  for (const auto& slot : slots_) {
    checkpoint.tensors["adam.first." + slot.name] = slot.first;
    checkpoint.tensors["adam.second." + slot.name] = slot.second;
  }
  checkpoint.tensors["adam.steps"] = at::scalar_tensor(at::Scalar(steps_), at::kLong);
}

void Adam::load(const Safetensors& checkpoint) {
  for (auto& slot : slots_) {
    copy_tensor(checkpoint, "adam.first." + slot.name, slot.first);
    copy_tensor(checkpoint, "adam.second." + slot.name, slot.second);
  }
  auto steps = at::zeros({}, at::kLong);
  copy_tensor(checkpoint, "adam.steps", steps);
  steps_ = steps.item<int64_t>();
}

}  // namespace cxrnet::train
