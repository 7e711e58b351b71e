// The marker segments before the first scan of JPEG (ISO/IEC 10918-1, annex B) and JPEG-LS (ISO/IEC
// 14495-1, annex C).
#pragma once

#include <string>
#include <string_view>

#include "dicom/codec/frame.h"

namespace cxrnet::imaging {

enum class JpegKind { jpeg, jpeg_ls };

struct JpegHeader {
  FrameShape shape;
  bool is_lossless = false;
  FrameColour colour = FrameColour::unstated;  ///< by Adobe's or JFIF's marker or component names
  std::string codestream;  ///< without fill bytes, comments and application data before the scan:
                           ///< nothing in it leads DCMTK's scanners astray
};

/// Errors: corrupt_image.
JpegHeader read_jpeg_header(std::string_view codestream, JpegKind kind);

}  // namespace cxrnet::imaging
