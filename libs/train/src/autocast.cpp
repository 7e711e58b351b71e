#include "cxrnet/train/autocast.h"

#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/instruction_set.h"

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

// Of the middle of an encoder; ones, since random numbers would be taken from the run's.
struct Convolution {
  at::Tensor maps = leaf(at::ones({4, 64, 56, 56}));
  at::Tensor weight = leaf(at::ones({64, 64, 3, 3}));

  static at::Tensor leaf(const at::Tensor& values) {
    return values.contiguous(at::MemoryFormat::ChannelsLast).set_requires_grad(true);
  }
  void compute(bool is_bf16) {
    at::Tensor sum;
    {
      const AutocastGuard autocast(c10::kCPU, is_bf16);
      sum = at::conv2d(maps, weight, {}, 1, 1).sum();
    }
    sum.backward();
  }
};

double seconds_of(Convolution& convolution, bool is_bf16) {
  constexpr int kRuns = 3;
  convolution.compute(is_bf16);  // makes the kernels
  double fastest = 0.0;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    convolution.compute(is_bf16);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    fastest = run == 0 ? taken.count() : std::min(fastest, taken.count());
  }
  return fastest;
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

void require_autocast(c10::DeviceType device) {
  const auto allowed = allowed_instruction_set();
  if (device != c10::kCPU || allowed >= InstructionSet::avx512_core) return;
  throw Error(ErrorCode::invalid_option,
              "precision: expected f32 where CXRNET_MAX_CPU_ISA allows no more than " +
                  std::string(to_string(allowed)) + ", got bf16; give --precision f32");
}

double cpu_autocast_cost() {
  Convolution convolution;
  return seconds_of(convolution, true) / seconds_of(convolution, false);
}

}  // namespace cxrnet::train
