// Shell completion from the same tables as --help.
#pragma once

#include <string>
#include <vector>

#include "framework/command.h"

namespace cxrnet::app {

/// The script for `shell`: bash, zsh or fish. Completes verbs, options, an option's choices and
/// files.
std::string completion_script(const std::string& shell, const std::vector<Command>& commands);

}  // namespace cxrnet::app
