// Loops compiled for several instruction sets, of which the best that is allowed runs.
#pragma once

#include "cxrnet/core/instruction_set.h"

/// Before a loop for vectorised<>, and before all that it calls: what is not compiled into it stays
/// on the baseline.
#define CXRNET_INLINE inline __attribute__((always_inline))

namespace cxrnet {
namespace detail {

#if defined(__x86_64__)
template <auto kLoop, class... Arguments>
__attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl,fma,bmi2"))) void with_avx512(
    Arguments... arguments) {
  kLoop(arguments...);
}

template <auto kLoop, class... Arguments>
__attribute__((target("avx2,fma,bmi2"))) void with_avx2(Arguments... arguments) {
  kLoop(arguments...);
}
#endif

}  // namespace detail

/// Calls a CXRNET_INLINE function, compiled for loop_instruction_set(). The file that does is one
/// of cxrnet_kernel_sources() in CMake.
template <auto kLoop, class... Arguments>
void vectorised(Arguments... arguments) {
#if defined(__x86_64__)
  const auto set = loop_instruction_set();
  if (set == InstructionSet::avx512_core) return detail::with_avx512<kLoop>(arguments...);
  if (set == InstructionSet::avx2) return detail::with_avx2<kLoop>(arguments...);
#endif
  kLoop(arguments...);
}

}  // namespace cxrnet
