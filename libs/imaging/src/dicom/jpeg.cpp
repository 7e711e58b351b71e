#include "dicom/jpeg.h"

#include "bounds/image_limits.h"

namespace cxrnet::imaging {
namespace {

// Markers by their second byte; the first is 0xFF.
constexpr unsigned kStartOfImage = 0xD8;
constexpr unsigned kFirstFrameHeader = 0xC0, kLastFrameHeader = 0xCF;
constexpr unsigned kHuffmanTables = 0xC4, kExtension = 0xC8, kArithmeticTables = 0xCC;
constexpr unsigned kQuantisationTables = 0xDB, kRestartInterval = 0xDD;
constexpr unsigned kFirstApplication = 0xE0, kLastApplication = 0xEF, kComment = 0xFE;

unsigned byte_at(std::string_view bytes, std::size_t position) {
  return static_cast<unsigned char>(bytes[position]);
}

bool is_table(unsigned marker) {
  return marker == kHuffmanTables || marker == kArithmeticTables || marker == kQuantisationTables ||
         marker == kRestartInterval || marker == kComment ||
         (marker >= kFirstApplication && marker <= kLastApplication);
}

bool is_frame_header(unsigned marker) {
  return marker >= kFirstFrameHeader && marker <= kLastFrameHeader && !is_table(marker) &&
         marker != kExtension;
}

}  // namespace

void require_jpeg_frame_header(std::string_view codestream) {
  constexpr std::size_t kMarkerAndLength = 4;
  const bool starts = codestream.size() >= 2 && byte_at(codestream, 0) == 0xFF &&
                      byte_at(codestream, 1) == kStartOfImage;
  std::size_t position = 2;
  while (starts && position + kMarkerAndLength <= codestream.size() &&
         byte_at(codestream, position) == 0xFF) {
    const unsigned marker = byte_at(codestream, position + 1);
    if (is_frame_header(marker)) return;
    if (!is_table(marker)) break;
    const unsigned length =
        byte_at(codestream, position + 2) << 8 | byte_at(codestream, position + 3);
    if (length < 2) break;
    position += 2 + length;
  }
  throw_corrupt("JPEG pixels", "marker segments up to a frame header", "something else");
}

}  // namespace cxrnet::imaging
