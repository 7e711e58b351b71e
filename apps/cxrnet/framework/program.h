// From the arguments of main to its exit status; the only place where exceptions end.
#pragma once

#include <string>
#include <vector>

#include "framework/command.h"

namespace cxrnet::app {

/// Parses, reads --config, runs the verb, translates errors. Never throws.
int run_program(std::vector<Command> (*make_commands)(), const std::vector<std::string>& arguments,
                Console& console) noexcept;

}  // namespace cxrnet::app
