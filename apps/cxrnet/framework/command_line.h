// The whole command line as one CLI11 tree, built from the list of commands.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "framework/command.h"

namespace cxrnet::app {

/// `cxrnet` with one subcommand per verb.
std::unique_ptr<CLI::App> build_command_line(const std::vector<Command>& commands);

/// What the user asked for.
struct Invocation {
  const Command* command = nullptr;  ///< null: `text` is the whole answer (--help, --version)
  std::string text;
  nlohmann::json given;  ///< values of options by name, common ones included
  Context::Arguments arguments;
};

/// Errors: invalid_option for anything that the tree does not know or the rows do not accept.
Invocation parse_command_line(const std::vector<Command>& commands,
                              const std::vector<std::string>& arguments);

}  // namespace cxrnet::app
