#include "framework/program.h"

#include <optional>

#include "cxrnet/core/considerate_waiting.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/instruction_set.h"
#include "framework/command_line.h"
#include "framework/config.h"
#include "framework/naming.h"
#include "framework/threads.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;
constexpr std::size_t kMaxConfigBytes = 1 << 20;

// The given values of the rows that `wanted` names.
json pick(const json& given, const std::vector<FieldRow>& wanted) {
  json picked = json::object();
  for (const auto& row : wanted) {
    if (given.contains(row.name)) picked[row.name] = given.at(row.name);
  }
  return picked;
}

// Command line over config file; defaults come in where a key is in neither.
json merge_config(const std::vector<Command>& commands, const Invocation& invocation) {
  if (!invocation.given.contains("config")) return invocation.given;
  RowsByVerb verbs;
  for (const auto& command : commands) verbs[command.info.verb] = command.all_rows();
  const auto name = invocation.given.at("config").get<std::string>();
  json values = naming("--config", name, [&](const std::filesystem::path& file) {
    return parse_config(read_file(file, kMaxConfigBytes), invocation.command->info.verb, verbs);
  });
  values.update(invocation.given);
  return values;
}

void require_out(const Command& command, const CommonOptions& common) {
  if (!command.info.uses.out_required || !common.out.empty()) return;
  throw Error(ErrorCode::invalid_option,
              "out: expected " + command.info.uses.out + ", got nothing; give --out PATH");
}

int run_verb(const std::vector<Command>& commands, const Invocation& invocation, Console& console) {
  const Command& command = *invocation.command;
  const json given = merge_config(commands, invocation);
  CommonOptions common;
  options_from_json(pick(given, common_rows(command.info.uses)), common);
  console.set_quiet(common.quiet);
  require_out(command, common);
  allowed_instruction_set();  // hands the limit on before anything computes, or refuses it
  std::optional<ConsiderateWaiting> waiting;
  if (command.info.uses.threads) {
    set_threads(common.threads, console);
    waiting.emplace(/*tells_processors_left=*/common.threads ==
                    0);  // else the user's number stands
  }
  install_stop_handlers();
  Context context(console, common, command, invocation.arguments);
  const ExitStatus status = command.run(pick(given, command.rows), context);
  return stop_requested() ? 128 + stop_signal() : static_cast<int>(status);
}

int report(Console& console, const Error& error) {
  console.error(error.code(), error.what());
  return error.code() == ErrorCode::interrupted && stop_requested()
             ? 128 + stop_signal()
             : static_cast<int>(exit_status(error.code()));
}

}  // namespace

int run_program(std::vector<Command> (*make_commands)(), const std::vector<std::string>& arguments,
                Console& console) noexcept {
  try {
    const auto commands = make_commands();
    const Invocation invocation = parse_command_line(commands, arguments);
    if (invocation.command != nullptr) return run_verb(commands, invocation, console);
    console.print_line(invocation.text);
    return static_cast<int>(ExitStatus::all_done);
  } catch (...) {
    return report(console, current_error());
  }
}

}  // namespace cxrnet::app
