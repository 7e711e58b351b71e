// SIGINT, SIGTERM and SIGHUP: the first asks whatever is under way to end in order, waits for files
// included; a second one ends the program at once, whatever it does.
#pragma once

#include "cxrnet/core/interruption.h"

namespace cxrnet::app {

/// Watches for the signals from now on; the program calls it once, before a verb runs and before
/// there are threads. A SIGHUP that is ignored (nohup) stays so.
void install_stop_handlers();

/// True once a signal has come. Long verbs ask between two pieces of work, save what they have and
/// return.
using cxrnet::stop_requested;

/// The signal's number, 0 when none came. The program exits with 128 plus it: 129, 130 or 143.
int stop_signal() noexcept;

}  // namespace cxrnet::app
