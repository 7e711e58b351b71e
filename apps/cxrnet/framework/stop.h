// SIGINT and SIGTERM: the first asks long verbs to end in order, a second one ends the program at
// once.
#pragma once

namespace cxrnet::app {

/// Installs the handlers; the program calls it once, before a verb runs.
void install_stop_handlers();

/// True once a signal has come. Long verbs ask between two pieces of work, save what they have and
/// return.
bool stop_requested() noexcept;

/// The signal's number, 0 when none came. The program exits with 128 plus it: 130 or 143.
int stop_signal() noexcept;

}  // namespace cxrnet::app
