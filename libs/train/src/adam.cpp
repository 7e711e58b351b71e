#include "cxrnet/train/adam.h"

#include <ATen/Functions.h>
#include <torch/nn/module.h>
#include <torch/version.h>

#include <cmath>

#include "adam_kernel.h"
#include "state.h"

namespace cxrnet::train {
namespace {

// Whether values at equal places of memory belong together; a dimension of size 1 has no stride
// that matters.
bool have_equal_layout(const at::Tensor& one, const at::Tensor& other) {
  for (int64_t dimension = 0; dimension < one.dim(); ++dimension) {
    if (one.size(dimension) != 1 && one.stride(dimension) != other.stride(dimension)) return false;
  }
  return true;
}

// Whether parameter, gradient and moments (made like the parameter) can be gone through as arrays.
bool are_arrays(const at::Tensor& parameter, const at::Tensor& gradient) {
  return parameter.scalar_type() == at::kFloat && gradient.scalar_type() == at::kFloat &&
         parameter.is_non_overlapping_and_dense() && have_equal_layout(parameter, gradient);
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
  for (const bool decaying : {true, false}) {
    const auto group_rates = rates(learning_rate, decaying);
    std::vector<Slot*> gpu_arrays, others;
    for (auto& slot : slots_) {
      if (!slot.parameter.grad().defined() || decays(slot) != decaying) continue;
      const bool is_array = are_arrays(slot.parameter, slot.parameter.grad());
      if (is_array && slot.parameter.is_cpu()) {
        update_arrays(slot, group_rates);
      } else {
        (is_array && slot.parameter.is_cuda() ? gpu_arrays : others).push_back(&slot);
      }
    }
    update_fused(gpu_arrays, learning_rate, decaying);
    update_together(others, group_rates);
  }
}

bool Adam::decays(const Slot& slot) const {
  return settings_.weight_decay > 0.0 && slot.parameter.dim() > 1;
}

Adam::Rates Adam::rates(double learning_rate, bool decays) const {
  const auto steps = static_cast<double>(steps_);
  return {.kept = decays ? 1.0 - learning_rate * settings_.weight_decay : 1.0,
          .step_size = learning_rate / (1.0 - std::pow(settings_.beta1, steps)),
          .root_correction = 1.0 / std::sqrt(1.0 - std::pow(settings_.beta2, steps))};
}

void Adam::update_arrays(Slot& slot, const Rates& rates) const {
  const auto& gradient = slot.parameter.grad();
  adam_kernel(slot.parameter.data_ptr<float>(), gradient.data_ptr<float>(),
              slot.first.data_ptr<float>(), slot.second.data_ptr<float>(), gradient.numel(),
              {.beta1 = static_cast<float>(settings_.beta1),
               .beta2 = static_cast<float>(settings_.beta2),
               .new1 = static_cast<float>(1.0 - settings_.beta1),
               .new2 = static_cast<float>(1.0 - settings_.beta2),
               .epsilon = static_cast<float>(settings_.epsilon),
               .kept = static_cast<float>(rates.kept),
               .step_size = static_cast<float>(rates.step_size),
               .root_correction = static_cast<float>(rates.root_correction)});
}

// A GPU's kernels that go over each array once. Before 2.5 libtorch takes two layouts that differ
// in the stride of a dimension of size 1 for different ones.
void Adam::update_fused(const std::vector<Slot*>& slots, double learning_rate,
                        bool decaying) const {
  if (slots.empty()) return;
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5)
  const auto [parameters, gradients, first, second] = lists_of(slots);
  const auto step =
      at::full({}, static_cast<double>(steps_), parameters.front().options().requires_grad(false));
  at::_fused_adamw_(parameters, gradients, first, second, /*max_exp_avg_sqs=*/at::TensorList(),
                    std::vector<at::Tensor>(slots.size(), step), learning_rate, settings_.beta1,
                    settings_.beta2, decaying ? settings_.weight_decay : 0.0, settings_.epsilon,
                    /*amsgrad=*/false, /*maximize=*/false);
#else
  update_together(slots, rates(learning_rate, decaying));
#endif
}

// Lists of tensors at a time: on a GPU each operation is then a few kernels, not one per parameter.
void Adam::update_together(const std::vector<Slot*>& slots, const Rates& rates) const {
  if (slots.empty()) return;
  const auto [parameters, gradients, first, second] = lists_of(slots);
  if (rates.kept != 1.0) at::_foreach_mul_(parameters, rates.kept);
  at::_foreach_mul_(first, settings_.beta1);
  at::_foreach_add_(first, gradients, 1.0 - settings_.beta1);
  at::_foreach_mul_(second, settings_.beta2);
  at::_foreach_addcmul_(second, gradients, gradients, 1.0 - settings_.beta2);
  auto denominators = at::_foreach_sqrt(second);
  at::_foreach_mul_(denominators, rates.root_correction);
  at::_foreach_add_(denominators, settings_.epsilon);
  at::_foreach_addcdiv_(parameters, first, denominators, -rates.step_size);
}

Adam::Lists Adam::lists_of(const std::vector<Slot*>& slots) {
  Lists lists;
  for (const auto* slot : slots) {
    lists.parameters.push_back(slot->parameter);
    lists.gradients.push_back(slot->parameter.grad());
    lists.first.push_back(slot->first);
    lists.second.push_back(slot->second);
  }
  return lists;
}

void Adam::zero_gradients() {
  for (auto& slot : slots_) slot.parameter.mutable_grad() = at::Tensor();
}

double Adam::clip_gradients(double limit) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const auto& slot : slots_) {
    if (slot.parameter.grad().defined()) gradients.push_back(slot.parameter.grad());
  }
  if (gradients.empty()) return 0.0;
  const double norm = at::stack(at::_foreach_norm(gradients, 2)).norm().item<double>();
  if (limit > 0.0 && norm > limit) at::_foreach_mul_(gradients, limit / norm);
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
