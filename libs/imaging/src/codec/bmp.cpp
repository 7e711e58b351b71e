// BMP: uncompressed pictures with a palette (1, 4, 8 bits) or in BGR (24, 32 bits).
#include <array>
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

struct Header {
  int64_t columns, rows;
  bool top_down;
  int bits;
  uint32_t compression;
  std::size_t palette, palette_entry_bytes, palette_entries, data;

  std::size_t row_bytes() const { return static_cast<std::size_t>((columns * bits + 31) / 32 * 4); }
};

// Windows 3 and later, or OS/2 with its 16-bit sizes and three-byte palette entries.
Header read_header(const ByteReader& reader) {
  const uint32_t info_bytes = reader.u32(kInfo);
  const std::size_t palette = kInfo + info_bytes, data = reader.u32(10);
  if (info_bytes == kOldInfoBytes) {
    const int bits = reader.u16(kInfo + 10);
    return {reader.u16(kInfo + 4),
            reader.u16(kInfo + 6),
            false,
            bits,
            0,
            palette,
            3,
            std::size_t{1} << bits % 32,
            data};
  }
  const auto columns = static_cast<int32_t>(reader.u32(kInfo + 4));
  const auto rows = static_cast<int32_t>(reader.u32(kInfo + 8));
  const int bits = reader.u16(kInfo + 14);
  const uint32_t used = reader.u32(kInfo + 32);
  const std::size_t entries = used != 0 ? used : std::size_t{1} << bits % 32;
  return {
      columns, std::abs(int64_t{rows}), rows < 0, bits, reader.u32(kInfo + 16), palette, 4, entries,
      data};
}

void require_supported(const Header& header) {
  const int bits = header.bits;
  const bool known = bits == 1 || bits == 4 || bits == 8 || bits == 24 || bits == 32;
  if (known && header.compression == 0) return;
  throw Error(ErrorCode::unsupported_format,
              "BMP image: expected uncompressed pixels of 1, 4, 8, 24 or 32 bits, got another "
              "kind; convert it to PNG");
}

using Colour = cv::Vec3b;  // RGB

std::array<Colour, 256> read_palette(const ByteReader& reader, const Header& header) {
  std::array<Colour, 256> palette{};
  for (std::size_t i = 0; i < std::min<std::size_t>(header.palette_entries, palette.size()); ++i) {
    const std::size_t entry = header.palette + i * header.palette_entry_bytes;
    palette[i] = {reader.u8(entry + 2), reader.u8(entry + 1), reader.u8(entry)};
  }
  return palette;
}

cv::Mat read_pixels(const ByteReader& reader, const Header& header) {
  const bool has_palette = header.bits <= 8;
  const auto palette = has_palette ? read_palette(reader, header) : std::array<Colour, 256>{};
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
        pixels.at<Colour>(row, column) = {reader.u8(at + 2), reader.u8(at + 1), reader.u8(at)};
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

GreyImage decode_bmp(std::string_view bytes) {
  const ByteReader reader(bytes, Endian::little, kSubject);
  const Header header = read_header(reader);
  require_decodable_size(header.columns, header.rows);
  require_supported(header);
  reader.require(header.data, header.row_bytes() * static_cast<std::size_t>(header.rows));
  const cv::Mat rgb = read_pixels(reader, header);
  GreyImage image;
  image.pixels = folded_to_grey(rgb);
  image.format = "bmp";
  image.was_colour = is_coloured(rgb);
  return image;
}

}  // namespace cxrnet::imaging
