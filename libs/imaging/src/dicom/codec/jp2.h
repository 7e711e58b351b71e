// The boxes of a JP2 file (ISO/IEC 15444-1, annex I). PS3.5 section A.4.4 forbids them in DICOM;
// they occur.
#pragma once

#include <string_view>

#include "dicom/codec/frame.h"

namespace cxrnet::imaging {

struct Jp2Content {
  std::string_view codestream;
  FrameColour colour = FrameColour::unstated;  ///< ybr for sYCC
};

/// The content of a JP2 file; anything else is taken for a codestream. Errors: corrupt_image;
/// unsupported_colour (a palette).
Jp2Content unboxed_jp2(std::string_view bytes);

}  // namespace cxrnet::imaging
