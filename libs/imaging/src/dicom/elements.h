// The headers of data elements, items and delimiters (PS3.5 sections 7.1 and 7.5).
#pragma once

#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dctagkey.h>
#include <dcmtk/dcmdata/dcvr.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bounds/byte_reader.h"

namespace cxrnet::imaging {

inline constexpr uint32_t kUndefinedLength = 0xFFFFFFFF;

struct ElementHeader {
  DcmTagKey tag;
  DcmEVR vr = EVR_UNKNOWN;   ///< as DCMTK takes it: from the file, or from its dictionary
  uint32_t length = 0;       ///< of the value; kUndefinedLength where a delimiter ends it
  std::size_t value_at = 0;  ///< offset of the value's first byte

  bool is_undefined() const { return length == kUndefinedLength; }
};

/// How elements are written: explicit or implicit VR, little or big endian.
struct ElementEncoding {
  bool is_explicit = true;
  Endian endian = Endian::little;
};

ElementEncoding element_encoding(E_TransferSyntax syntax);

/// The header at `offset`, or nothing when the bytes end within it.
std::optional<ElementHeader> read_element_header(std::string_view bytes, std::size_t offset,
                                                 ElementEncoding encoding);

}  // namespace cxrnet::imaging
