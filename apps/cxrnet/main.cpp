#include <cstdlib>
#include <iostream>

#include "commands/commands.h"
#include "framework/program.h"

int main(int argument_count, char** arguments) {
  using namespace cxrnet::app;
  Console console(std::cout, std::cerr, Console::style_of_process());
  const int status =
      run_program(all_commands, {arguments + 1, arguments + argument_count}, console);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they report at a usual end
  // All is written and flushed: what libraries would still tidy up takes a tenth of a second.
  std::quick_exit(status);
#endif
  return status;
}
