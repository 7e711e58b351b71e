// Mixed precision: convolutions and matrix products in bfloat16, weights and reductions in float32.
#pragma once

#include <c10/core/DeviceType.h>

namespace cxrnet::train {

/// While it lives, operations of this thread on `device` (CPU or CUDA) run under bfloat16 autocast.
/// bfloat16 has the range of float32, so gradients need no loss scaling.
class AutocastGuard {
 public:
  AutocastGuard(c10::DeviceType device, bool enabled);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  c10::DeviceType device_;
  bool enabled_;
};

}  // namespace cxrnet::train
