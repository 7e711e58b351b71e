// Says in an error which of the user's files it speaks of: libraries do not know their names.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "cxrnet/core/error.h"

namespace cxrnet::app {

/// What the work makes of a file. Errors: those of the work, behind the name: "--model x.bin: file:
/// expected ...". `option`: how the user named the file.
template <class Work>
auto naming(const std::string& option, const std::filesystem::path& file, Work&& work) {
  try {
    return std::forward<Work>(work)(file);
  } catch (const Error& error) {
    throw Error(error.code(), option + " " + file.string() + ": " + error.what());
  }
}

}  // namespace cxrnet::app
