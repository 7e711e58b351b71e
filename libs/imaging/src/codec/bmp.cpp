// BMP: uncompressed pictures with a palette (1, 2, 4, 8 bits), in BGR (16, 24, 32 bits), or with
// channels where masks say they are (BITFIELDS).
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <string>

#include "bounds/byte_reader.h"
#include "bounds/image_limits.h"
#include "codec/raster.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "BMP image";
constexpr std::size_t kInfo = 14;  // the info header follows the file header
constexpr uint32_t kOldInfoBytes = 12;
constexpr uint32_t kInfoBytes = 40, kOs2InfoBytes = 64;

enum Compression : uint32_t { rgb = 0, rle8, rle4, bitfields, jpeg, png, alpha_bitfields };

using Masks = std::array<uint32_t, 3>;  // red, green, blue

struct Header {
  int64_t columns, rows;
  bool top_down;
  int bits;
  uint32_t compression;
  std::size_t palette, palette_entry_bytes, palette_entries, data;
  Masks masks;  // for 16 bits and more

  std::size_t row_bytes() const { return static_cast<std::size_t>((columns * bits + 31) / 32 * 4); }
};

[[noreturn]] void throw_unsupported(const std::string& got) {
  throw Error(ErrorCode::unsupported_format,
              "BMP image: expected uncompressed pixels of 1, 2, 4, 8, 16, 24 or 32 bits, got " +
                  got + "; convert it to PNG");
}

Masks plain_masks(int bits) {
  if (bits == 16) return {0x7C00, 0x03E0, 0x001F};
  return {0xFF0000, 0x00FF00, 0x0000FF};
}

std::size_t entries_of(uint32_t used, int bits) {
  return used != 0 ? used : std::size_t{1} << bits % 32;
}

// Windows 3 and later (also with the longer headers of versions 2 to 5), or OS/2 with its 16-bit
// sizes and three-byte palette entries.
Header read_header(const ByteReader& reader) {
  const uint32_t info_bytes = reader.u32(kInfo);
  if (info_bytes != kOldInfoBytes && info_bytes < kInfoBytes) throw_unsupported("another header");
  const std::size_t palette = kInfo + info_bytes, data = reader.u32(10);
  if (info_bytes == kOldInfoBytes) {
    const int bits = reader.u16(kInfo + 10);
    return {reader.u16(kInfo + 4),
            reader.u16(kInfo + 6),
            false,
            bits,
            rgb,
            palette,
            3,
            entries_of(0, bits),
            data,
            plain_masks(bits)};
  }
  const auto columns = static_cast<int32_t>(reader.u32(kInfo + 4));
  const auto rows = static_cast<int32_t>(reader.u32(kInfo + 8));
  const int bits = reader.u16(kInfo + 14);
  const uint32_t compression = reader.u32(kInfo + 16);
  Masks masks = plain_masks(bits);
  // Masks follow the 40 bytes of the first header, or are the next fields of a longer one: the same
  // place.
  if (compression == bitfields || compression == alpha_bitfields)
    masks = {reader.u32(kInfo + 40), reader.u32(kInfo + 44), reader.u32(kInfo + 48)};
  return {columns,     std::abs(int64_t{rows}),
          rows < 0,    bits,
          compression, palette,
          4,           entries_of(reader.u32(kInfo + 32), bits),
          data,        masks};
}

// The name of what is stored where it is not read; else nothing.
std::string foreign_kind_of(const Header& header) {
  switch (header.compression) {
    case rgb:
      break;
    case bitfields:
    case alpha_bitfields:
      if (header.bits < 16) return "channel masks for a palette";
      break;
    case rle8:
    case rle4:
      return "run lengths (RLE)";
    case jpeg:
      return "a JPEG picture inside";
    case png:
      return "a PNG picture inside";
    default:
      return "an unknown compression";
  }
  constexpr std::array kBits{1, 2, 4, 8, 16, 24, 32};
  const bool known = std::find(kBits.begin(), kBits.end(), header.bits) != kBits.end();
  return known ? "" : std::to_string(header.bits) + " bits";
}

bool is_contiguous(uint32_t mask) {
  return mask != 0 && std::has_single_bit((mask >> std::countr_zero(mask)) + uint64_t{1});
}

void require_supported(const Header& header) {
  // Version 1 of OS/2 has no compression; version 2 (64 bytes) gives 3 and 4 to its own two.
  const auto kind = header.palette == kInfo + kOs2InfoBytes && header.compression > rle4
                        ? "a compression of OS/2"
                        : foreign_kind_of(header);
  if (!kind.empty()) throw_unsupported(kind);
  const bool has_masks = std::all_of(header.masks.begin(), header.masks.end(), is_contiguous);
  if (!has_masks) throw_corrupt(kSubject, "a mask of adjacent bits for each channel", "another");
  if (header.data < header.palette)
    throw_corrupt(kSubject, "pixels behind the header", "a place inside it");
}

using Colour = cv::Vec3b;  // RGB

// Entries that would lie among the pixels are none.
std::array<Colour, 256> read_palette(const ByteReader& reader, const Header& header) {
  std::array<Colour, 256> palette{};
  const std::size_t room = header.data > header.palette
                               ? (header.data - header.palette) / header.palette_entry_bytes
                               : 0;
  for (std::size_t i = 0; i < std::min({header.palette_entries, palette.size(), room}); ++i) {
    const std::size_t entry = header.palette + i * header.palette_entry_bytes;
    palette[i] = {reader.u8(entry + 2), reader.u8(entry + 1), reader.u8(entry)};
  }
  return palette;
}

// A channel of a pixel, spread over 0 … 255.
struct Channel {
  uint32_t mask;
  int shift;
  uint64_t highest;

  explicit Channel(uint32_t bits)
      : mask(bits), shift(std::countr_zero(bits)), highest(bits >> shift) {}
  uint8_t of(uint32_t pixel) const {
    const uint64_t value = (pixel & mask) >> shift;
    if (highest == 255) return static_cast<uint8_t>(value);
    return static_cast<uint8_t>((value * 255 + highest / 2) / highest);
  }
};

uint32_t pixel_at(const ByteReader& reader, std::size_t at, int bits) {
  if (bits == 16) return reader.u16(at);
  if (bits == 32) return reader.u32(at);
  return reader.u16(at) | uint32_t{reader.u8(at + 2)} << 16;
}

cv::Mat read_pixels(const ByteReader& reader, const Header& header) {
  const bool has_palette = header.bits <= 8;
  const auto palette = has_palette ? read_palette(reader, header) : std::array<Colour, 256>{};
  const Channel red(header.masks[0]), green(header.masks[1]), blue(header.masks[2]);
  const auto bits = static_cast<std::size_t>(header.bits);
  cv::Mat pixels(static_cast<int>(header.rows), static_cast<int>(header.columns), CV_8UC3);
  for (int row = 0; row < pixels.rows; ++row) {
    const int stored_row = header.top_down ? row : pixels.rows - 1 - row;
    const std::size_t start =
        header.data + header.row_bytes() * static_cast<std::size_t>(stored_row);
    for (int column = 0; column < pixels.cols; ++column) {
      const std::size_t first_bit = bits * static_cast<std::size_t>(column),
                        at = start + first_bit / 8;
      if (has_palette) {
        const unsigned shift = static_cast<unsigned>(8 - bits - first_bit % 8);
        pixels.at<Colour>(row, column) = palette[reader.u8(at) >> shift & ((1U << bits) - 1)];
      } else {
        const uint32_t pixel = pixel_at(reader, at, header.bits);
        pixels.at<Colour>(row, column) = {red.of(pixel), green.of(pixel), blue.of(pixel)};
      }
    }
  }
  return pixels;
}

bool is_coloured(const cv::Mat& rgb) {
  return !std::all_of(rgb.begin<Colour>(), rgb.end<Colour>(), [](const Colour& colour) {
    return colour[0] == colour[1] && colour[1] == colour[2];
  });
}

}  // namespace

void require_bounded_bmp(std::string_view bytes) {
  const Header header = read_header(ByteReader(bytes, Endian::little, kSubject));
  require_bounded_size(header.columns, header.rows);
}

Raster decode_bmp(std::string_view bytes) {
  const ByteReader reader(bytes, Endian::little, kSubject);
  const Header header = read_header(reader);
  require_decodable_size(header.columns, header.rows);
  require_supported(header);
  reader.require(header.data, header.row_bytes() * static_cast<std::size_t>(header.rows));
  const cv::Mat rgb = read_pixels(reader, header);
  Raster image;
  image.codes = folded_to_grey(rgb);
  image.format = "bmp";
  image.was_colour = is_coloured(rgb);
  return image;
}

}  // namespace cxrnet::imaging
