// Which of the processor's instructions this process uses.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet {

/// Each includes the ones before it. Names are oneDNN's.
enum class InstructionSet {
  sse41,
  avx2,
  avx512_core,
  avx512_core_vnni,
  avx512_core_bf16,
  avx512_core_amx
};

template <>
struct EnumNames<InstructionSet> {
  static constexpr std::array<std::pair<InstructionSet, std::string_view>, 6> values{
      {{InstructionSet::sse41, "SSE41"},
       {InstructionSet::avx2, "AVX2"},
       {InstructionSet::avx512_core, "AVX512_CORE"},
       {InstructionSet::avx512_core_vnni, "AVX512_CORE_VNNI"},
       {InstructionSet::avx512_core_bf16, "AVX512_CORE_BF16"},
       {InstructionSet::avx512_core_amx, "AVX512_CORE_AMX"}}};
};

/// The most that this process may use: what the environment variable CXRNET_MAX_CPU_ISA names, or
/// all. So a good processor computes as a lesser one does. It is read once; the first call, to be
/// made before oneDNN and libtorch compute and before there are other threads, hands the limit on
/// to them in their own variables (DNNL_MAX_CPU_ISA, ATEN_CPU_CAPABILITY), whatever these were.
/// OpenBLAS reads its own, OPENBLAS_CORETYPE, before a program begins. Another name than those
/// above: Error{invalid_option}.
InstructionSet allowed_instruction_set();

/// What the loops of vectorise.h run with: of SSE41, AVX2 and AVX512_CORE the best that is allowed
/// and that the processor has. On other processors than x86-64 it is called SSE41, too.
InstructionSet loop_instruction_set();

}  // namespace cxrnet
