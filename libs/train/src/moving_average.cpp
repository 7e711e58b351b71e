#include "cxrnet/train/moving_average.h"

#include <ATen/Functions.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "state.h"

namespace cxrnet::train {

MovingAverage::MovingAverage(torch::nn::Module& network, double decay) : decay_(decay) {
  if (decay_ == 0.0) return;
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : state_of(network))
    slots_.push_back({name, tensor, tensor.detach().clone()});
}

void MovingAverage::update() {
  const at::NoGradGuard no_grad;
  ++updates_;
  const auto count = static_cast<double>(updates_);
  const double decay = std::min(decay_, (1.0 + count) / (10.0 + count));
  for (auto& slot : slots_) {
    if (slot.average.is_floating_point()) {
      slot.average.lerp_(slot.live.detach(), 1.0 - decay);
    } else {
      slot.average.copy_(slot.live);
    }
  }
}

void MovingAverage::swap() {
  const at::NoGradGuard no_grad;
  for (auto& slot : slots_) {
    const auto live = slot.live.detach().clone();
    slot.live.copy_(slot.average);
    slot.average.copy_(live);
  }
}

void MovingAverage::save(Safetensors& checkpoint) const {
  for (const auto& slot : slots_) checkpoint.tensors["average." + slot.name] = slot.average;
  checkpoint.tensors["average_updates"] = at::scalar_tensor(at::Scalar(updates_), at::kLong);
}

void MovingAverage::load(const Safetensors& checkpoint) {
  for (auto& slot : slots_) copy_tensor(checkpoint, "average." + slot.name, slot.average);
  auto updates = at::zeros({}, at::kLong);
  copy_tensor(checkpoint, "average_updates", updates);
  updates_ = updates.item<int64_t>();
}

}  // namespace cxrnet::train
