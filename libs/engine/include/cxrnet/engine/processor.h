// What this processor computes, and what it computes fast.
#pragma once

#include <cstdint>

#include "cxrnet/core/instruction_set.h"
#include "cxrnet/engine/options.h"

namespace cxrnet::engine {

/// What oneDNN makes kernels of: the best that the processor has and that CXRNET_MAX_CPU_ISA or
/// else oneDNN's own DNNL_MAX_CPU_ISA allows. What lies between two names counts as the lesser.
InstructionSet kernel_instruction_set();

/// Whether this processor has kernels of that precision.
bool supports(Precision precision);

/// Whether it computes convolutions faster in bf16 than in f32. Not all do that have kernels of
/// bf16: there are processors with dot products of bf16 at half the rate of those of f32. Measured
/// once in a process, within some hundredths of a second.
bool gains_by_bf16();

/// A 3 x 3 convolution on one image, channels kept.
struct ConvolutionSize {
  int64_t channels = 0;
  int64_t side = 0;  ///< pixels
};

/// Operations per second of oneDNN's direct kernel: the fastest of `runs`, with the threads in use.
/// A product and a sum are two.
double convolution_rate(const ConvolutionSize& size, Precision precision, int64_t runs);

}  // namespace cxrnet::engine
