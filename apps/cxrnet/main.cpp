#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "commands/commands.h"
#include "framework/program.h"

namespace {

// A stream that is closed at the start would be the next file that is opened, and take its text.
void open_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  using namespace cxrnet::app;
  open_closed_streams();
  Console console(std::cout, std::cerr, Console::style_of_process());
  const int status =
      run_program(all_commands, {arguments + 1, arguments + argument_count}, console);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they report at a usual end
  // All is written and flushed: what libraries would still tidy up takes a tenth of a second.
  std::quick_exit(status);
#endif
  return status;
}
