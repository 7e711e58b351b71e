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

/// Whether that is possible at all: on a CPU, libtorch asks the processor for AVX-512 alone, and
/// fails where CXRNET_MAX_CPU_ISA then forbids it. Error{invalid_option}.
void require_autocast(c10::DeviceType device);

/// Time of a convolution, forward and backward, on the CPU under autocast over that without, with
/// the threads in use; each is the fastest of three. Above 1 the processor is slower in bfloat16,
/// or has no kernels of it. Takes some tenths of a second with AVX-512, some seconds without.
double cpu_autocast_cost();

}  // namespace cxrnet::train
