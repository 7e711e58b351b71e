#include "dicom/elements.h"

#include <dcmtk/dcmdata/dctag.h>

namespace cxrnet::imaging {
namespace {

constexpr uint16_t kItemGroup = 0xFFFE;  // items and delimiters: no VR, a length of four bytes

}  // namespace

ElementEncoding element_encoding(E_TransferSyntax syntax) {
  const DcmXfer description(syntax);
  return {.is_explicit = static_cast<bool>(description.isExplicitVR()),
          .endian = description.isBigEndian() ? Endian::big : Endian::little};
}

// DCMTK's own tables say which VRs there are and which of them have a length of four bytes, so that
// the two of us always read the same elements.
std::optional<ElementHeader> read_element_header(std::string_view bytes, std::size_t offset,
                                                 ElementEncoding encoding) {
  constexpr std::size_t kShort = 8, kLong = 12;
  if (offset > bytes.size() || bytes.size() - offset < kShort) return std::nullopt;
  const ByteReader reader(bytes, encoding.endian, "DICOM element");
  ElementHeader header;
  header.tag = DcmTagKey(reader.u16(offset), reader.u16(offset + 2));
  header.vr = DcmTag(header.tag).getEVR();
  if (header.tag.getGroup() == kItemGroup || !encoding.is_explicit || header.vr == EVR_na) {
    header.length = reader.u32(offset + 4);
    header.value_at = offset + kShort;
    return header;
  }
  const char name[] = {bytes[offset + 4], bytes[offset + 5], '\0'};
  const DcmVR vr(name);
  header.vr = vr.getEVR();
  if (header.vr == EVR_na) {
    if (bytes.size() - offset < kShort + 2) return std::nullopt;
    header.length = reader.u32(offset + 6);
    header.value_at = offset + kShort + 2;
  } else if (vr.usesExtendedLengthEncoding()) {
    if (bytes.size() - offset < kLong) return std::nullopt;
    header.length = reader.u32(offset + 8);
    header.value_at = offset + kLong;
  } else {
    header.length = reader.u16(offset + 6);
    header.value_at = offset + kShort;
  }
  return header;
}

}  // namespace cxrnet::imaging
