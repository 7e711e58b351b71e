#include "dicom/codec/jp2.h"

#include "bounds/byte_reader.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSubject = "JP2 pixels";

// Calls `visit(type, content)` for each of the boxes that follow each other in `bytes`.
template <class Visit>
void for_each_box(std::string_view bytes, const Visit& visit) {
  constexpr std::size_t kHeader = 8, kLongHeader = 16;
  constexpr uint32_t kToTheEnd = 0, kLongLength = 1;
  const ByteReader reader(bytes, Endian::big, kSubject);
  std::size_t position = 0;
  while (bytes.size() - position >= kHeader) {
    std::size_t header = kHeader;
    std::size_t length = reader.u32(position);
    if (length == kToTheEnd) length = bytes.size() - position;
    if (length == kLongLength) {
      header = kLongHeader;
      length = std::size_t{reader.u32(position + 8)} << 32 | reader.u32(position + 12);
    }
    if (length < header) throw_corrupt(kSubject, "boxes with a length", "others");
    reader.require(position, length);
    visit(bytes.substr(position + 4, 4), bytes.substr(position + header, length - header));
    position += length;
  }
}

FrameColour colour_of(std::string_view specification) {
  constexpr unsigned kEnumerated = 1, kSycc = 18;
  const ByteReader reader(specification, Endian::big, kSubject);
  if (reader.u8(0) != kEnumerated) return FrameColour::unstated;
  return reader.u32(3) == kSycc ? FrameColour::ybr : FrameColour::unstated;
}

}  // namespace

Jp2Content unboxed_jp2(std::string_view bytes) {
  if (!bytes.starts_with("\0\0\0\x0CjP  \r\n\x87\n"sv)) return {.codestream = bytes};
  Jp2Content content;
  for_each_box(bytes, [&](std::string_view type, std::string_view body) {
    if (type == "jp2c" && content.codestream.empty()) content.codestream = body;
    if (type != "jp2h") return;
    for_each_box(body, [&](std::string_view kind, std::string_view value) {
      if (kind == "colr" && content.colour == FrameColour::unstated) {
        content.colour = colour_of(value);
      }
      if (kind == "pclr") {
        throw Error(ErrorCode::unsupported_colour,
                    "JP2 pixels: expected grey or three samples, got a palette; have the sender "
                    "convert them to Explicit VR Little Endian");
      }
    });
  });
  if (content.codestream.empty()) throw_corrupt(kSubject, "a codestream in its boxes", "none");
  return content;
}

}  // namespace cxrnet::imaging
