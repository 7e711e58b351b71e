#include "cxrnet/core/instruction_set.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace cxrnet {
namespace {

constexpr const char* kVariable = "CXRNET_MAX_CPU_ISA";

// __builtin_cpu_supports also asks whether the system keeps the registers.
InstructionSet processor_has() {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) return InstructionSet::avx512_core;
  if (avx2) return InstructionSet::avx2;
#endif
  return InstructionSet::sse41;
}

void set_variable(const char* name, std::string_view value) {
  constexpr int kOverwrite = 1;
  ::setenv(name, std::string(value).c_str(), kOverwrite);
}

// libtorch takes the name of what it shall use unchecked, so that it must not be more than there
// is.
void limit_libtorch(InstructionSet limit) {
#if defined(__x86_64__)
  const auto loops = std::min(limit, processor_has());
  set_variable("ATEN_CPU_CAPABILITY", loops == InstructionSet::sse41  ? "default"
                                      : loops == InstructionSet::avx2 ? "avx2"
                                                                      : "avx512");
#endif
}

InstructionSet limit_process() {
  const char* name = std::getenv(kVariable);
  if (name == nullptr || *name == '\0') return InstructionSet::avx512_core_amx;
  const auto limit = parse_enum<InstructionSet>(name, kVariable);
  for (const auto* variable : {"DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA"})
    set_variable(variable, to_string(limit));
  limit_libtorch(limit);
  return limit;
}

}  // namespace

InstructionSet allowed_instruction_set() {
  static const InstructionSet allowed = limit_process();
  return allowed;
}

InstructionSet loop_instruction_set() {
  static const InstructionSet loops = std::min(processor_has(), allowed_instruction_set());
  return loops;
}

}  // namespace cxrnet
