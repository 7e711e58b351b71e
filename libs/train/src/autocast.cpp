#include "cxrnet/train/autocast.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace cxrnet::train {
namespace {

void set_autocast(c10::DeviceType device, bool enabled) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  at::autocast::set_autocast_dtype(device, at::kBFloat16);
  at::autocast::set_autocast_enabled(device, enabled);
#else
  if (device == c10::kCUDA) {
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(enabled);
  } else {
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(enabled);
  }
#endif
}

}  // namespace

AutocastGuard::AutocastGuard(c10::DeviceType device, bool enabled)
    : device_(device), enabled_(enabled) {
  if (enabled_) set_autocast(device_, true);
}

AutocastGuard::~AutocastGuard() {
  if (!enabled_) return;
  at::autocast::clear_cache();
  set_autocast(device_, false);
}

}  // namespace cxrnet::train
