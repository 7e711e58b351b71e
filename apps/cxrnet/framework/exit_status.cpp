#include "framework/exit_status.h"

namespace cxrnet::app {

// No default: the compiler names the code that is missing here.
ExitStatus exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_option:
      return ExitStatus::usage;
    case ErrorCode::invalid_shape:
    case ErrorCode::not_found:
    case ErrorCode::unreadable:
    case ErrorCode::empty_input:
    case ErrorCode::unsupported_format:
    case ErrorCode::corrupt_image:
    case ErrorCode::image_too_small:
    case ErrorCode::image_too_large:
    case ErrorCode::extreme_aspect:
    case ErrorCode::no_contrast:
    case ErrorCode::unsupported_colour:
    case ErrorCode::multi_frame:
    case ErrorCode::wrong_modality:
    case ErrorCode::lateral_view:
    case ErrorCode::not_chest:
    case ErrorCode::unsupported_transfer_syntax:
    case ErrorCode::encrypted:
    case ErrorCode::no_pixels:
    case ErrorCode::no_lungs:
    case ErrorCode::invalid_manifest:
    case ErrorCode::patient_leak:
    case ErrorCode::corrupt_shard:
    case ErrorCode::corrupt_model:
    case ErrorCode::model_version:
      return ExitStatus::every_input_refused;
    case ErrorCode::write_failed:
    case ErrorCode::disk_full:
    case ErrorCode::out_of_memory:
    case ErrorCode::diverged:
    case ErrorCode::interrupted:
    case ErrorCode::internal:
      return ExitStatus::internal_fault;
  }
  return ExitStatus::internal_fault;
}

ExitStatus batch_status(std::size_t done, std::size_t refused) {
  if (refused == 0) return ExitStatus::all_done;
  return done == 0 ? ExitStatus::every_input_refused : ExitStatus::some_inputs_refused;
}

}  // namespace cxrnet::app
