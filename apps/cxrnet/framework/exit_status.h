// What the shell learns: the one place where reason codes become exit statuses.
#pragma once

#include "cxrnet/core/error.h"

namespace cxrnet::app {

enum class ExitStatus : int {
  all_done = 0,
  internal_fault = 1,
  usage = 2,
  every_input_refused = 3,
  some_inputs_refused = 4,
};

/// The status when an error ends the whole run; concern_of decides.
ExitStatus exit_status(ErrorCode code);

/// The status of a batch.
ExitStatus batch_status(std::size_t done, std::size_t refused);

}  // namespace cxrnet::app
