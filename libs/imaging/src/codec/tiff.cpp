// TIFF 6.0 and BigTIFF by libtiff.
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "bounds/image_limits.h"
#include "codec/exif.h"
#include "codec/raster.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "TIFF image";
constexpr int64_t kBestCompression =
    1 << 15;  // pixels per byte: fax and LZW codes of a blank picture

// The file in memory, as libtiff wants to see it.
struct Source {
  std::string_view bytes;
  uint64_t position = 0;
  bool is_damaged = false;  // a decoder inside libtiff made up pixels, and only warned of it
};

tmsize_t read_bytes(thandle_t handle, void* target, tmsize_t length) {
  auto& source = *static_cast<Source*>(handle);
  const uint64_t start = std::min<uint64_t>(source.position, source.bytes.size());
  const uint64_t count =
      std::min<uint64_t>(static_cast<uint64_t>(length), source.bytes.size() - start);
  std::memcpy(target, source.bytes.data() + start, count);
  source.position = start + count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_nothing(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek(thandle_t handle, toff_t offset, int from) {
  auto& source = *static_cast<Source*>(handle);
  const uint64_t base = from == SEEK_SET   ? 0
                        : from == SEEK_CUR ? source.position
                                           : source.bytes.size();
  return source.position = base + offset;
}

int keep_open(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return static_cast<Source*>(handle)->bytes.size(); }
// libtiff 4.5 of Debian 12 reads tiles of 8 bits from mapped files alone. It does not write to what
// is mapped for reading.
int map_bytes(thandle_t handle, void** base, toff_t* size) {
  const std::string_view bytes = static_cast<Source*>(handle)->bytes;
  *base = const_cast<char*>(bytes.data());
  *size = bytes.size();
  return 1;
}
void unmap_bytes(thandle_t, void*, toff_t) {}
int stay_silent(TIFF*, void*, const char*, const char*, va_list) { return 1; }

// JPEG and fax data that end too soon are filled up with grey or white.
int note_damage(TIFF*, void* source, const char* module, const char* format, va_list arguments) {
  const std::string_view decoder = module == nullptr ? "" : module;
  if (!decoder.starts_with("JPEGLib") && !decoder.starts_with("Fax")) return 1;
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  const bool is_harmless = std::string_view(text.data()).find("extraneous") != std::string::npos;
  if (!is_harmless) static_cast<Source*>(source)->is_damaged = true;
  return 1;
}

using Tiff = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

[[noreturn]] void throw_damaged() {
  throw_corrupt(kSubject, "complete and valid data", "missing or invalid ones");
}

Tiff open(Source& source) {
  constexpr tmsize_t kMaxAllocation = tmsize_t{1} << 30;
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(
      TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAllocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), stay_silent, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), note_damage, &source);
  Tiff tiff(TIFFClientOpenExt("image", "r", &source, read_bytes, write_nothing, seek, keep_open,
                              size_of, map_bytes, unmap_bytes, options.get()),
            TIFFClose);
  if (tiff == nullptr) throw_damaged();
  return tiff;
}

template <class Value>
Value field(const Tiff& tiff, uint32_t tag) {
  Value value = 0;
  TIFFGetFieldDefaulted(tiff.get(), tag, &value);
  return value;
}

[[noreturn]] void throw_unsupported(const std::string& expected, const std::string& got) {
  throw Error(ErrorCode::unsupported_format,
              "TIFF image: expected " + expected + ", got " + got + "; convert it to PNG");
}

// Further directories may only be reduced versions of the picture. Returns to the first one.
void require_one_page(const Tiff& tiff) {
  constexpr int kMaxDirectories = 64;
  int pictures = 1;
  for (int directory = 1; TIFFReadDirectory(tiff.get()) != 0; ++directory) {
    if ((field<uint32_t>(tiff, TIFFTAG_SUBFILETYPE) & FILETYPE_REDUCEDIMAGE) == 0) ++pictures;
    if (directory == kMaxDirectories) break;
  }
  if (pictures > 1) {
    throw Error(
        ErrorCode::multi_frame,
        "TIFF image: expected one page, got several; save the frontal view as a file of its own");
  }
  if (TIFFSetDirectory(tiff.get(), 0) == 0) throw_damaged();
}

struct Layout {
  int64_t columns, rows;
  int bits, samples, photometric, sample_format, compression;

  bool is_deep() const { return bits > 8; }
};

Layout read_layout(const Tiff& tiff) {
  uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  TIFFGetField(tiff.get(), TIFFTAG_PHOTOMETRIC, &photometric);
  return {field<uint32_t>(tiff, TIFFTAG_IMAGEWIDTH),
          field<uint32_t>(tiff, TIFFTAG_IMAGELENGTH),
          field<uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE),
          field<uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL),
          photometric,
          field<uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT),
          field<uint16_t>(tiff, TIFFTAG_COMPRESSION)};
}

std::string compression_name(int compression) {
  switch (compression) {
    case 33003:
    case 33005:
    case 34712:
      return "JPEG 2000";
    case COMPRESSION_JBIG:
      return "JBIG";
    case COMPRESSION_LERC:
      return "LERC";
    case COMPRESSION_LZMA:
      return "LZMA";
    case COMPRESSION_ZSTD:
      return "Zstandard";
    case COMPRESSION_WEBP:
      return "WebP";
    case 50002:
      return "JPEG XL";
    default:
      return "number " + std::to_string(compression);
  }
}

void require_supported(const Layout& layout) {
  if (TIFFIsCODECConfigured(static_cast<uint16_t>(layout.compression)) == 0) {
    throw_unsupported("no compression, LZW, deflate, PackBits, fax or JPEG",
                      compression_name(layout.compression));
  }
  if (layout.photometric == PHOTOMETRIC_SEPARATED) {
    throw Error(ErrorCode::unsupported_colour,
                "TIFF image: expected grey or RGB, got CMYK; convert it to grey");
  }
  if (layout.photometric > PHOTOMETRIC_YCBCR)
    throw_unsupported("grey or RGB", "another colour model");
  const int format = layout.sample_format;
  if (format == SAMPLEFORMAT_IEEEFP || format > SAMPLEFORMAT_VOID)
    throw_unsupported("integer samples", "floating-point or complex ones");
  if (format == SAMPLEFORMAT_INT && (!layout.is_deep() || layout.samples != 1))
    throw_unsupported("unsigned samples, or signed grey ones of 16 bits", "other signed ones");
  constexpr std::array kShallow{1, 2, 4, 8};
  const bool is_shallow =
      std::find(kShallow.begin(), kShallow.end(), layout.bits) != kShallow.end();
  if (!is_shallow && (layout.bits < 9 || layout.bits > 16))
    throw_unsupported("1, 2, 4, 8 or up to 16 bits per sample", std::to_string(layout.bits));
  if (layout.is_deep() && layout.compression == COMPRESSION_JPEG)
    throw_unsupported("JPEG data of 8 bits", std::to_string(layout.bits));
}

// libtiff reads uncompressed data as long as the size asks for, past the end of what the file says
// is there.
void require_whole_chunks(const Tiff& tiff, const Layout& layout) {
  if (layout.compression != COMPRESSION_NONE) return;
  TIFF* file = tiff.get();
  const bool is_tiled = TIFFIsTiled(file) != 0;
  const uint32_t chunks = is_tiled ? TIFFNumberOfTiles(file) : TIFFNumberOfStrips(file);
  const uint64_t rows = static_cast<uint64_t>(layout.rows),
                 chunk_rows = std::min<uint64_t>(
                     rows, std::max(1U, field<uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP)));
  const uint64_t chunks_per_plane = (rows + chunk_rows - 1) / chunk_rows;
  for (uint32_t i = 0; i < chunks; ++i) {
    const uint64_t first_row = i % chunks_per_plane * chunk_rows;
    const uint64_t needed =
        is_tiled
            ? TIFFTileSize64(file)
            : TIFFVStripSize64(file, static_cast<uint32_t>(std::min(chunk_rows, rows - first_row)));
    if (TIFFGetStrileByteCount(file, i) < needed) throw_damaged();
  }
}

static_assert(std::endian::native == std::endian::little,
              "red must be the first byte of libtiff's RGBA");

// Up to 8 bits: libtiff itself undoes palettes and YCbCr. Min-is-white is left as it is stored.
cv::Mat read_8bit(const Tiff& tiff, const Layout& layout) {
  // Alpha is ignored; libtiff would multiply by it.
  const uint16_t unspecified = EXTRASAMPLE_UNSPECIFIED;
  if (layout.samples == 2 || layout.samples == 4)
    TIFFSetField(tiff.get(), TIFFTAG_EXTRASAMPLES, 1, &unspecified);
  cv::Mat rgba(static_cast<int>(layout.rows), static_cast<int>(layout.columns), CV_8UC4);
  if (layout.photometric == PHOTOMETRIC_MINISWHITE)
    TIFFSetField(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  // Read as it is stored; upright() turns it.
  TIFFSetField(tiff.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  if (TIFFReadRGBAImageOriented(tiff.get(), static_cast<uint32_t>(layout.columns),
                                static_cast<uint32_t>(layout.rows), rgba.ptr<uint32_t>(),
                                ORIENTATION_TOPLEFT, 1) == 0) {
    throw_damaged();
  }
  std::vector<cv::Mat> planes;
  cv::split(rgba, planes);
  planes.resize(3);
  cv::Mat rgb;
  cv::merge(planes, rgb);
  return rgb;
}

// Samples of 9 to 16 bits, one behind the other from a byte's start on. libtiff has put 16-bit ones
// into this machine's order.
void unpack(const uint8_t* from, int bits, std::size_t count, uint16_t* to) {
  if (bits == 16) {
    std::memcpy(to, from, count * sizeof(uint16_t));
    return;
  }
  uint32_t held = 0;
  int held_bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (; held_bits < bits; held_bits += 8) held = held << 8 | *from++;
    held_bits -= bits;
    to[i] = static_cast<uint16_t>(held >> held_bits & ((1U << bits) - 1));
  }
}

// The size of strips (as wide as the picture) or tiles.
struct Grid {
  bool is_tiled;
  int64_t columns, rows;
};

Grid grid_of(const Tiff& tiff, const Layout& layout) {
  if (TIFFIsTiled(tiff.get()) == 0) {
    const auto rows = field<uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP);
    return {false, layout.columns, std::clamp<int64_t>(rows, 1, layout.rows)};
  }
  constexpr int64_t kMaxTilePixels = 1 << 24;
  const Grid grid{true, field<uint32_t>(tiff, TIFFTAG_TILEWIDTH),
                  field<uint32_t>(tiff, TIFFTAG_TILELENGTH)};
  const int64_t most = std::max(kMaxTilePixels, layout.columns * layout.rows);
  if (grid.columns < 1 || grid.rows < 1 || grid.columns > most / grid.rows) throw_damaged();
  return grid;
}

// One plane of deep samples, `together` of them for each pixel.
cv::Mat read_plane(const Tiff& tiff, const Layout& layout, int together, uint16_t plane) {
  const Grid grid = grid_of(tiff, layout);
  const auto row_bytes = static_cast<std::size_t>((grid.columns * together * layout.bits + 7) / 8);
  std::vector<uint8_t> chunk(row_bytes * static_cast<std::size_t>(grid.rows));
  cv::Mat samples(static_cast<int>(layout.rows), static_cast<int>(layout.columns),
                  CV_MAKETYPE(CV_16U, together));
  for (int64_t top = 0; top < layout.rows; top += grid.rows) {
    const int64_t rows = std::min(grid.rows, layout.rows - top);
    const auto needed = static_cast<tmsize_t>(row_bytes) * (grid.is_tiled ? grid.rows : rows);
    for (int64_t left = 0; left < layout.columns; left += grid.columns) {
      const auto x = static_cast<uint32_t>(left), y = static_cast<uint32_t>(top);
      const tmsize_t got =
          grid.is_tiled
              ? TIFFReadEncodedTile(tiff.get(), TIFFComputeTile(tiff.get(), x, y, 0, plane),
                                    chunk.data(), needed)
              : TIFFReadEncodedStrip(tiff.get(), TIFFComputeStrip(tiff.get(), y, plane),
                                     chunk.data(), needed);
      if (got < needed) throw_damaged();
      const int64_t columns = std::min(grid.columns, layout.columns - left);
      for (int64_t row = 0; row < rows; ++row) {
        unpack(chunk.data() + row_bytes * static_cast<std::size_t>(row), layout.bits,
               static_cast<std::size_t>(columns * together),
               samples.ptr<uint16_t>(static_cast<int>(top + row)) + left * together);
      }
    }
  }
  return samples;
}

// 9 to 16 bits, in strips or tiles; the first sample or the first three of a pixel are used.
cv::Mat read_deep(const Tiff& tiff, const Layout& layout) {
  if (layout.samples < 1 || layout.samples > 4 || layout.photometric > PHOTOMETRIC_RGB)
    throw_unsupported("grey or RGB with more than 8 bits", "another arrangement");
  const bool is_separate = field<uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  const int used = layout.samples >= 3 ? 3 : 1;
  std::vector<cv::Mat> planes;
  if (is_separate) {
    for (int plane = 0; plane < used; ++plane)
      planes.push_back(read_plane(tiff, layout, 1, static_cast<uint16_t>(plane)));
  } else {
    cv::split(read_plane(tiff, layout, layout.samples, 0), planes);
    planes.resize(static_cast<std::size_t>(used));
  }
  cv::Mat samples;
  cv::merge(planes, samples);
  return samples;
}

}  // namespace

void require_bounded_tiff(std::string_view bytes) {
  Source source{bytes};
  const Layout layout = read_layout(open(source));
  require_bounded_size(layout.columns, layout.rows);
}

Raster decode_tiff(std::string_view bytes) {
  Source source{bytes};
  const Tiff tiff = open(source);
  require_one_page(tiff);
  const Layout layout = read_layout(tiff);
  require_decodable_size(layout.columns, layout.rows);
  require_supported(layout);
  require_plausible_size(kSubject, bytes.size(), layout.columns * layout.rows, kBestCompression);
  require_whole_chunks(tiff, layout);

  const int orientation = field<uint16_t>(tiff, TIFFTAG_ORIENTATION);
  const cv::Mat pixels = layout.is_deep() ? read_deep(tiff, layout) : read_8bit(tiff, layout);
  if (source.is_damaged) throw_damaged();
  Raster image;
  image.codes = upright(folded_to_grey(pixels), orientation);
  image.format = "tiff";
  image.stored_bits = layout.bits;
  image.is_signed = layout.sample_format == SAMPLEFORMAT_INT;
  image.was_colour = layout.photometric >= PHOTOMETRIC_RGB;
  image.min_is_white = layout.photometric == PHOTOMETRIC_MINISWHITE;
  return image;
}

}  // namespace cxrnet::imaging
