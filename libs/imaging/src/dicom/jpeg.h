// JPEG in DICOM is DCMTK's work; what its decoder cannot survive is kept from it.
#pragma once

#include <string_view>

namespace cxrnet::imaging {

/// Checks that marker segments lead from the start of a JPEG stream to its frame header (ISO/IEC
/// 10918-1, annex B). DCMTK 3.6.7 walks the same way in search of the bit depth, and never ends at
/// a marker that it does not step over (TEM). Errors: corrupt_image.
void require_jpeg_frame_header(std::string_view codestream);

}  // namespace cxrnet::imaging
