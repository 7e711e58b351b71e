// What every fuzz target promises: foreign bytes are either read or refused with cxrnet::Error. Any
// other exception, a crash, a sanitizer's report or a hang is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cxrnet/core/error.h"

namespace cxrnet::fuzz {

/// How often bytes were read rather than refused: a seed that is refused leads nowhere.
inline std::size_t accepted = 0;

/// Runs `read` on the bytes; the value is what LLVMFuzzerTestOneInput has to return.
template <class Reader>
int read_or_refuse(const uint8_t* data, std::size_t size, Reader&& read) {
  try {
    read(std::string_view(reinterpret_cast<const char*>(data), size));
    ++accepted;
  } catch (const Error&) {
    // Refused with a reason: the contract.
  }
  return 0;
}

}  // namespace cxrnet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);
