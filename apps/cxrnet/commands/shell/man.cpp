// man: the manual page of this very build.
#include "commands/commands.h"
#include "framework/man_page.h"

namespace cxrnet::app {
namespace {

ExitStatus print_page(const NoOptions&, Context& context) {
  context.console.print(man_page(all_commands()));
  return ExitStatus::all_done;
}

}  // namespace

Command man_command() {
  return make_command<NoOptions>({.verb = "man",
                                  .group = "Program",
                                  .summary = "print the manual page (roff)",
                                  .example = "cxrnet man | man -l -"},
                                 print_page);
}

}  // namespace cxrnet::app
