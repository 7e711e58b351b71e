// The manual page from the same tables as --help.
#pragma once

#include <string>
#include <vector>

#include "framework/command.h"

namespace cxrnet::app {

/// cxrnet(1) in roff (man macros).
std::string man_page(const std::vector<Command>& commands);

}  // namespace cxrnet::app
