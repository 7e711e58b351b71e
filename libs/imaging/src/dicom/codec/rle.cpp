// DICOM's own run-length encoding (PS3.5 annex G).
#include "bounds/byte_reader.h"
#include "bounds/image_limits.h"
#include "dicom/codec/frame.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "RLE pixels";
constexpr std::size_t kHeaderBytes = 64;
constexpr int64_t kBestCompression = 64;  // pixels per byte: runs of 128 in two bytes

// One byte of each sample of one colour, or of its upper or lower half (G.2).
struct Plane {
  std::size_t sample;
  int shift;
};

// Decodes a segment into its plane: a control byte n stands before n + 1 bytes as they are, or
// before one that is repeated 1 - n times (G.3.1). More data than one row too much: Rows or
// Columns are not what was encoded.
void decode_segment(const ByteReader& segment, Plane plane, const FrameShape& shape,
                    std::vector<uint16_t>& values) {
  const auto samples = static_cast<std::size_t>(shape.samples);
  const std::size_t wanted = shape.pixels();
  const std::size_t too_many = wanted + static_cast<std::size_t>(shape.columns);
  std::size_t at = 0, pixel = 0;
  const auto put = [&](std::size_t offset, std::size_t count, std::size_t step) {
    for (std::size_t i = 0; i < count; ++i, ++pixel) {
      if (pixel >= wanted) continue;
      const unsigned byte = segment.u8(offset + i * step);
      values[pixel * samples + plane.sample] |= static_cast<uint16_t>(byte << plane.shift);
    }
  };
  while (at + 1 < segment.size() && pixel < too_many) {
    const int control = static_cast<int8_t>(segment.u8(at));
    if (control >= 0) {
      const auto count = static_cast<std::size_t>(control) + 1;
      put(at + 1, count, 1);
      at += 1 + count;
    } else {
      constexpr int kNothing = -128;
      if (control != kNothing) put(at + 1, static_cast<std::size_t>(1 - control), 0);
      at += control == kNothing ? 1 : 2;
    }
  }
  if (pixel < wanted) throw_corrupt(kSubject, "rows times columns of them", "fewer");
  if (pixel >= too_many) throw_corrupt(kSubject, "rows times columns of them", "more");
}

}  // namespace

Frame decode_rle_frame(const std::string& codestream, const FrameShape& data_set) {
  const ByteReader reader(codestream, Endian::little, kSubject);
  reader.require(0, kHeaderBytes);
  const std::size_t segments = reader.u32(0);
  const auto samples = static_cast<std::size_t>(data_set.samples);
  // A sample of 16 bits has two segments, the upper byte's first; 8-bit ones may have 16 allocated.
  const bool has_two = data_set.bits == 16 && segments == 2 * samples;
  if (segments != samples && !has_two) {
    throw_corrupt(kSubject, "a segment for each byte of a sample", std::to_string(segments));
  }
  require_plausible_size(kSubject, codestream.size(), static_cast<int64_t>(data_set.pixels()),
                         kBestCompression);
  Frame frame{.values = std::vector<uint16_t>(data_set.values()),
              .bits = has_two ? 16 : 8,
              .colour = FrameColour::unstated};
  std::size_t start = reader.u32(sizeof(uint32_t));
  if (start < kHeaderBytes) throw_corrupt(kSubject, "segments behind the header", "others");
  for (std::size_t i = 0; i < segments; ++i) {
    const bool is_last = i + 1 == segments;
    const std::size_t end = is_last ? codestream.size() : reader.u32((i + 2) * sizeof(uint32_t));
    if (end < start) throw_corrupt(kSubject, "segments one after the other", "another order");
    reader.require(start, end - start);
    const ByteReader segment(std::string_view(codestream).substr(start, end - start),
                             Endian::little, kSubject);
    const Plane plane{.sample = has_two ? i / 2 : i, .shift = has_two && i % 2 == 0 ? 8 : 0};
    decode_segment(segment, plane, data_set, frame.values);
    start = end;
  }
  return frame;
}

}  // namespace cxrnet::imaging
