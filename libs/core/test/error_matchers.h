// Which error, if any, did it throw?
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "cxrnet/core/error.h"

namespace cxrnet {

inline std::ostream& operator<<(std::ostream& out, ErrorCode code) {
  return out << reason_code(code);
}

struct Caught {
  std::optional<ErrorCode> code;  // nothing when it threw no Error
  std::string message;
};

template <class Action>
Caught caught(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  return {};
}

}  // namespace cxrnet
