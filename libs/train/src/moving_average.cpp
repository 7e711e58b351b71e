#include "cxrnet/train/moving_average.h"

#include <ATen/Functions.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "state.h"

namespace cxrnet::train {

MovingAverage::MovingAverage(torch::nn::Module& network, const Averaging& averaging)
    : averaging_(averaging) {
  if (averaging_.decay == 0.0) return;
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : state_of(network))
    slots_.push_back({name, tensor, tensor.detach().clone()});
}

// What the average so far counts for against the weights of update number `updates_`.
double MovingAverage::next_decay() const {
  const auto count = static_cast<double>(updates_);
  if (updates_ > averaging_.equal_after) {
    const auto equal = static_cast<double>(updates_ - averaging_.equal_after);
    return 1.0 - 1.0 / equal;
  }
  return std::min(averaging_.decay, (1.0 + count) / (10.0 + count));
}

void MovingAverage::update() {
  const at::NoGradGuard no_grad;
  ++updates_;
  const double decay = next_decay();
  struct {
    std::vector<at::Tensor> averages, live;
  } reals, counts;  // on a GPU: a list costs few kernels
  for (auto& slot : slots_) {
    const bool is_real = slot.average.is_floating_point();
    if (slot.average.is_cuda()) {
      auto& lists = is_real ? reals : counts;
      lists.averages.push_back(slot.average);
      lists.live.push_back(slot.live.detach());
    } else if (is_real) {
      slot.average.lerp_(slot.live.detach(), 1.0 - decay);
    } else {
      slot.average.copy_(slot.live);
    }
  }
  if (!reals.averages.empty()) {
    at::_foreach_mul_(reals.averages, decay);
    at::_foreach_add_(reals.averages, reals.live, 1.0 - decay);
  }
  if (!counts.averages.empty()) {
    at::_foreach_zero_(counts.averages);
    at::_foreach_add_(counts.averages, counts.live);
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
