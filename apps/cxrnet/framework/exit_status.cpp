#include "framework/exit_status.h"

namespace cxrnet::app {

ExitStatus exit_status(ErrorCode code) {
  switch (concern_of(code)) {
    case Concern::input:
      // Neither says that something is wrong with what was handed in.
      return code == ErrorCode::out_of_memory || code == ErrorCode::diverged
                 ? ExitStatus::internal_fault
                 : ExitStatus::every_input_refused;
    case Concern::run:
      return code == ErrorCode::invalid_option ? ExitStatus::usage : ExitStatus::internal_fault;
    case Concern::program:
      return ExitStatus::internal_fault;
  }
  return ExitStatus::internal_fault;
}

ExitStatus batch_status(std::size_t done, std::size_t refused) {
  if (refused == 0) return ExitStatus::all_done;
  return done == 0 ? ExitStatus::every_input_refused : ExitStatus::some_inputs_refused;
}

}  // namespace cxrnet::app
