// The verbs of the program. A new verb is one file beside this one, a line here and a line in
// commands.cpp.
#pragma once

#include <vector>

#include "framework/command.h"

namespace cxrnet::app {

Command bench_command();
Command calibrate_command();
Command card_command();
Command check_data_command();
Command completion_command();
Command enhance_command();
Command evaluate_command();
Command explain_command();
Command export_command();
Command import_command();
Command info_command();
Command man_command();
Command phantom_command();
Command predict_command();
Command prepare_command();
Command reproduce_command();
Command segment_command();
Command train_command();

/// Every verb of this build, in the order of `cxrnet --help`.
std::vector<Command> all_commands();

}  // namespace cxrnet::app
