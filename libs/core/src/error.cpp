#include "cxrnet/core/error.h"

namespace cxrnet {

std::string_view reason_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_option:
      return "invalid_option";
    case ErrorCode::invalid_shape:
      return "invalid_shape";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::unreadable:
      return "unreadable";
    case ErrorCode::empty_input:
      return "empty_input";
    case ErrorCode::unsupported_format:
      return "unsupported_format";
    case ErrorCode::corrupt_image:
      return "corrupt_image";
    case ErrorCode::image_too_small:
      return "image_too_small";
    case ErrorCode::image_too_large:
      return "image_too_large";
    case ErrorCode::no_contrast:
      return "no_contrast";
    case ErrorCode::unsupported_colour:
      return "unsupported_colour";
    case ErrorCode::multi_frame:
      return "multi_frame";
    case ErrorCode::wrong_modality:
      return "wrong_modality";
    case ErrorCode::lateral_view:
      return "lateral_view";
    case ErrorCode::unsupported_transfer_syntax:
      return "unsupported_transfer_syntax";
    case ErrorCode::encrypted:
      return "encrypted";
    case ErrorCode::no_pixels:
      return "no_pixels";
    case ErrorCode::no_lungs:
      return "no_lungs";
    case ErrorCode::invalid_manifest:
      return "invalid_manifest";
    case ErrorCode::patient_leak:
      return "patient_leak";
    case ErrorCode::corrupt_shard:
      return "corrupt_shard";
    case ErrorCode::corrupt_model:
      return "corrupt_model";
    case ErrorCode::model_version:
      return "model_version";
    case ErrorCode::write_failed:
      return "write_failed";
    case ErrorCode::disk_full:
      return "disk_full";
    case ErrorCode::diverged:
      return "diverged";
    case ErrorCode::interrupted:
      return "interrupted";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace cxrnet
