#include <iostream>

#include "commands/commands.h"
#include "framework/program.h"

int main(int argument_count, char** arguments) {
  using namespace cxrnet::app;
  Console console(std::cout, std::cerr, Console::style_of_process());
  return run_program(all_commands(), {arguments + 1, arguments + argument_count}, console);
}
