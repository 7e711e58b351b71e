// completion: shell completion for the verbs and options of this very build.
#include "framework/completion.h"

#include "commands/commands.h"

namespace cxrnet::app {
namespace {

ExitStatus run(const NoOptions&, Context& context) {
  context.console.print(completion_script(context.argument("SHELL"), all_commands()));
  return ExitStatus::all_done;
}

}  // namespace

Command completion_command() {
  return make_command<NoOptions>(
      {.verb = "completion",
       .group = "Program",
       .summary = "print a completion script for a shell",
       .example = "cxrnet completion bash > ~/.local/share/bash-completion/completions/cxrnet",
       .positionals = {{.name = "SHELL", .help = "the shell", .choices = {"bash", "zsh", "fish"}}}},
      run);
}

}  // namespace cxrnet::app
