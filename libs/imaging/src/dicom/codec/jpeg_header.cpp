#include "dicom/codec/jpeg_header.h"

#include <optional>

#include "bounds/byte_reader.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "JPEG pixels";

// Markers by their second byte; the first is 0xFF.
constexpr unsigned kPrefix = 0xFF;
constexpr unsigned kStartOfImage = 0xD8, kStartOfScan = 0xDA;
constexpr unsigned kFirstFrameHeader = 0xC0, kLastFrameHeader = 0xCF, kLosslessFrame = 0xC3;
constexpr unsigned kBaselineFrame = 0xC0, kExtendedFrame = 0xC1;
constexpr unsigned kHuffmanTables = 0xC4, kExtension = 0xC8, kArithmeticTables = 0xCC;
constexpr unsigned kQuantisationTables = 0xDB, kRestartInterval = 0xDD;
constexpr unsigned kFirstApplication = 0xE0, kLastApplication = 0xEF, kComment = 0xFE;
constexpr unsigned kJfif = 0xE0, kColourTransform = 0xE8, kAdobe = 0xEE;
constexpr unsigned kJpegLsFrame = 0xF7, kJpegLsPresets = 0xF8;
constexpr int kMaxScans = 200;  // progressive files of honest encoders have about ten

bool is_table(unsigned marker, JpegKind kind) {
  return marker == kHuffmanTables || marker == kArithmeticTables || marker == kQuantisationTables ||
         marker == kRestartInterval || (kind == JpegKind::jpeg_ls && marker == kJpegLsPresets);
}

bool is_frame_header(unsigned marker, JpegKind kind) {
  if (kind == JpegKind::jpeg_ls) return marker == kJpegLsFrame;
  return marker >= kFirstFrameHeader && marker <= kLastFrameHeader && !is_table(marker, kind) &&
         marker != kExtension;
}

bool is_annotation(unsigned marker) {
  return marker == kComment || (marker >= kFirstApplication && marker <= kLastApplication);
}

[[noreturn]] void throw_not_jpeg() {
  throw_corrupt(kSubject, "marker segments up to a scan", "something else");
}

// A segment from its length field on.
struct Segment {
  unsigned marker;
  std::string_view bytes;
};

class HeaderReader {
 public:
  HeaderReader(std::string_view codestream, JpegKind kind)
      : reader_(codestream, Endian::big, kSubject), codestream_(codestream), kind_(kind) {}

  JpegHeader read() {
    if (reader_.u8(0) != kPrefix || reader_.u8(1) != kStartOfImage) throw_not_jpeg();
    header_.codestream = codestream_.substr(0, 2);
    std::size_t position = 2;
    while (true) {
      const std::size_t marker_at = end_of_fill(position);
      const unsigned marker = reader_.u8(marker_at);
      if (marker == kStartOfScan) return finish(marker_at - 1);
      const std::size_t length = reader_.u16(marker_at + 1);
      if (length < 2) throw_not_jpeg();
      reader_.require(marker_at + 1, length);
      take({marker, codestream_.substr(marker_at + 1, length)});
      position = marker_at + 1 + length;
    }
  }

 private:
  // Any number of bytes FF may stand before a marker (B.1.1.2); returns where its second byte is.
  std::size_t end_of_fill(std::size_t position) const {
    if (reader_.u8(position) != kPrefix) throw_not_jpeg();
    while (reader_.u8(position) == kPrefix) ++position;
    return position;
  }

  void take(const Segment& segment) {
    const bool keep = is_table(segment.marker, kind_) || is_frame_header(segment.marker, kind_) ||
                      (kind_ == JpegKind::jpeg_ls && segment.marker == kColourTransform);
    if (!keep && !is_annotation(segment.marker)) throw_not_jpeg();
    if (is_frame_header(segment.marker, kind_)) read_frame_header(segment);
    if (segment.marker == kAdobe) read_adobe(segment.bytes);
    if (segment.marker == kJfif && segment.bytes.substr(2).starts_with("JFIF")) has_jfif_ = true;
    if (!keep) return;
    header_.codestream += {static_cast<char>(kPrefix), static_cast<char>(segment.marker)};
    header_.codestream += segment.bytes;
  }

  void read_frame_header(const Segment& segment) {
    if (has_frame_) throw_corrupt(kSubject, "one frame header", "several");
    has_frame_ = true;
    const ByteReader bytes(segment.bytes, Endian::big, kSubject);
    header_.shape.bits = bytes.u8(2);
    header_.shape.rows = bytes.u16(3);
    header_.shape.columns = bytes.u16(5);
    header_.shape.samples = bytes.u8(7);
    is_sequential_ = segment.marker == kBaselineFrame || segment.marker == kExtendedFrame;
    header_.is_lossless = kind_ == JpegKind::jpeg_ls || segment.marker == kLosslessFrame;
    constexpr std::size_t kFirstComponent = 8, kComponent = 3;
    bytes.require(kFirstComponent, kComponent * bytes.u8(7));
    has_rgb_names_ = bytes.u8(7) == 3 && bytes.u8(kFirstComponent) == 'R' &&
                     bytes.u8(kFirstComponent + kComponent) == 'G' &&
                     bytes.u8(kFirstComponent + 2 * kComponent) == 'B';
  }

  void read_adobe(std::string_view segment) {
    constexpr std::size_t kTransform = 13;
    if (segment.substr(2).starts_with("Adobe") && segment.size() > kTransform)
      adobe_transform_ = static_cast<unsigned char>(segment[kTransform]);
  }

  // libjpeg's rule, but that JFIF says nothing of lossless streams, whose encoders leave the
  // colours as they are.
  FrameColour colour() const {
    if (adobe_transform_) return *adobe_transform_ == 0 ? FrameColour::rgb : FrameColour::ybr;
    if (has_rgb_names_) return FrameColour::rgb;
    if (has_jfif_ && !header_.is_lossless) return FrameColour::ybr;
    return FrameColour::unstated;
  }

  // All 64 coefficients, in full: nothing else is possible in a sequential frame. NEMA's own
  // samples state the first alone, of which libjpeg warns as it does of damage.
  void mend_first_scan(std::size_t scan_at) {
    const std::string coefficients("\0\x3F\0", 3);
    const std::size_t length =
        ByteReader(header_.codestream, Endian::big, kSubject).u16(scan_at + 2);
    const std::size_t end = scan_at + 2 + length;
    if (length < 2 + 1 + coefficients.size() || end > header_.codestream.size()) throw_not_jpeg();
    header_.codestream.replace(end - coefficients.size(), coefficients.size(), coefficients);
  }

  JpegHeader finish(std::size_t scan_at) {
    if (!has_frame_) throw_not_jpeg();
    const std::string_view scans = codestream_.substr(scan_at);
    constexpr std::string_view kScan = "\xFF\xDA";
    int count = 0;
    for (auto at = scans.find(kScan); at != scans.npos; at = scans.find(kScan, at + 2)) {
      if (++count > kMaxScans) throw_corrupt(kSubject, "a picture in a few scans", "too many");
    }
    header_.codestream += scans;
    if (is_sequential_) mend_first_scan(header_.codestream.size() - scans.size());
    header_.colour = colour();
    return std::move(header_);
  }

  ByteReader reader_;
  std::string_view codestream_;
  JpegKind kind_;
  JpegHeader header_;
  bool has_frame_ = false;
  bool is_sequential_ = false;
  bool has_jfif_ = false;
  bool has_rgb_names_ = false;
  std::optional<int> adobe_transform_;
};

}  // namespace

JpegHeader read_jpeg_header(std::string_view codestream, JpegKind kind) {
  return HeaderReader(codestream, kind).read();
}

}  // namespace cxrnet::imaging
