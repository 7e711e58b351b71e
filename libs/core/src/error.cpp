#include "cxrnet/core/error.h"

#include <algorithm>
#include <array>
#include <new>
#include <system_error>

namespace cxrnet {
namespace {

constexpr const char* kOutOfMemory =
    "memory: expected enough, got none; use smaller images or batches, fewer threads, or a higher "
    "limit";

// The system, for memory and for threads; libtorch on CPUs and GPUs and OpenCV in words alone.
bool tells_of_no_memory(const std::exception& error) {
  if (const auto* refusal = dynamic_cast<const std::system_error*>(&error)) {
    return refusal->code() == std::errc::not_enough_memory ||
           refusal->code() == std::errc::resource_unavailable_try_again;
  }
  constexpr std::array<std::string_view, 3> kWords{"can't allocate memory", "out of memory",
                                                   "Insufficient memory"};
  const std::string_view text = error.what();
  return std::any_of(kWords.begin(), kWords.end(), [text](std::string_view words) {
    return text.find(words) != std::string_view::npos;
  });
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

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
    case ErrorCode::file_too_large:
      return "file_too_large";
    case ErrorCode::extreme_aspect:
      return "extreme_aspect";
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
    case ErrorCode::not_chest:
      return "not_chest";
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
    case ErrorCode::output_exists:
      return "output_exists";
    case ErrorCode::disk_full:
      return "disk_full";
    case ErrorCode::out_of_memory:
      return "out_of_memory";
    case ErrorCode::diverged:
      return "diverged";
    case ErrorCode::interrupted:
      return "interrupted";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

// No default: the compiler names the code that is missing here.
Concern concern_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_shape:
    case ErrorCode::not_found:
    case ErrorCode::unreadable:
    case ErrorCode::empty_input:
    case ErrorCode::unsupported_format:
    case ErrorCode::corrupt_image:
    case ErrorCode::image_too_small:
    case ErrorCode::image_too_large:
    case ErrorCode::file_too_large:
    case ErrorCode::no_contrast:
    case ErrorCode::unsupported_colour:
    case ErrorCode::multi_frame:
    case ErrorCode::wrong_modality:
    case ErrorCode::lateral_view:
    case ErrorCode::extreme_aspect:
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
    case ErrorCode::out_of_memory:  // a smaller one may well find enough
    case ErrorCode::diverged:       // other trainings need not
      return Concern::input;
    case ErrorCode::invalid_option:
    case ErrorCode::write_failed:
    case ErrorCode::output_exists:
    case ErrorCode::disk_full:
    case ErrorCode::interrupted:
      return Concern::run;
    case ErrorCode::internal:
      return Concern::program;
  }
  return Concern::program;
}

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::out_of_memory, kOutOfMemory};
  } catch (const std::exception& error) {
    if (tells_of_no_memory(error)) return {ErrorCode::out_of_memory, kOutOfMemory};
    return {ErrorCode::internal, first_line(error.what())};
  } catch (...) {
    return {ErrorCode::internal, "unknown failure; please report it"};
  }
}

}  // namespace cxrnet
