// bf16 autocast on the CPU for the length of a scope, and how much precision it cost.
#pragma once

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace cxrnet::nn::test {

class Bfloat16Autocast {
 public:
  Bfloat16Autocast() { enable(true); }
  ~Bfloat16Autocast() {
    at::autocast::clear_cache();
    enable(false);
  }
  Bfloat16Autocast(const Bfloat16Autocast&) = delete;
  Bfloat16Autocast& operator=(const Bfloat16Autocast&) = delete;

 private:
  static void enable(bool on) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_enabled(at::kCPU, on);
#else
    at::autocast::set_cpu_enabled(on);
#endif
  }
};

/// Root-mean-square difference in units of the expected root-mean-square.
inline double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  return ((actual - expected).norm() / expected.norm()).item<double>();
}

}  // namespace cxrnet::nn::test
