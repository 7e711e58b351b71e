// The one exception type of every library, and the reason codes that users and machines see.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace cxrnet {

/// Why an operation was refused. The lower-case name (see reason_code) is part of the JSON
/// contract.
enum class ErrorCode {
  invalid_option,               ///< an option's value or combination is not allowed
  invalid_shape,                ///< a tensor or image does not have the required shape or type
  not_found,                    ///< a file, column, layer or name does not exist
  unreadable,                   ///< the file or folder exists, but may not be read
  empty_input,                  ///< a file of zero bytes, or a folder or glob without any image
  unsupported_format,           ///< not an image, or one of a kind that is not read
  corrupt_image,                ///< truncated or damaged image data
  image_too_small,              ///< below the smallest size that can hold a chest
  image_too_large,              ///< more pixels than are decoded safely
  file_too_large,               ///< more bytes than are read
  extreme_aspect,               ///< far longer than wide, or wider than long
  no_contrast,                  ///< every pixel (nearly) the same
  unsupported_colour,           ///< CMYK or another colour model that is not folded to grey
  multi_frame,                  ///< a DICOM file with more than one frame
  wrong_modality,               ///< DICOM, but no CR, DX, DR or RG image
  lateral_view,                 ///< DICOM that declares a lateral view
  not_chest,                    ///< DICOM that declares another part of the body
  unsupported_transfer_syntax,  ///< DICOM pixel encoding that is not decoded
  encrypted,                    ///< DICOM whose pixel data are encrypted
  no_pixels,                    ///< DICOM without an image
  no_lungs,                     ///< the segmenter found no lungs to look at
  invalid_manifest,             ///< a manifest that breaks its format
  patient_leak,                 ///< one patient on both sides of a split
  corrupt_shard,                ///< a tensor shard that breaks its format
  corrupt_model,                ///< a model file that breaks its format or fails its self-check
  model_version,                ///< a model file written by an incompatible version
  write_failed,                 ///< the output could not be written
  output_exists,                ///< what is there was not written by this program and is kept
  disk_full,                    ///< the output could not be written: no space left
  out_of_memory,                ///< the system gave no more memory
  diverged,                     ///< training produced NaN or infinity
  interrupted,                  ///< stopped by a signal
  internal,                     ///< a defect of this program
};

/// The code as it stands in messages and JSON, such as "corrupt_image".
std::string_view reason_code(ErrorCode code);

/// Whom an error concerns, and so what goes on after it. Everything that works through many items
/// (inputs, rows, stages) decides by this alone.
enum class Concern {
  input,    ///< the item at hand: it is refused or left out, the others go on
  run,      ///< what every further item would meet, too (options, a full disk, a signal): the end
  program,  ///< a defect of the program: it costs the item at hand, the others go on, and at the
            ///< end the program says that it failed
};
Concern concern_of(ErrorCode code);

/// Thrown by every library of cxrnet. The message reads "subject: expected X, got Y; remedy Z" and
/// never holds patient data or paths; the caller knows which input it handed in.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Within a catch block: what was thrown, as an Error. An Error stays what it is; where memory ran
/// out, in whichever way a library says so, the code is out_of_memory; all else is internal, with
/// the first line of its text, since libtorch appends a backtrace.
Error current_error();

}  // namespace cxrnet
