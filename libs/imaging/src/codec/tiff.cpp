// TIFF 6.0 by libtiff.
#include <tiffio.h>

#include <algorithm>
#include <bit>
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
int stay_silent(TIFF*, void*, const char*, const char*, va_list) { return 1; }

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
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), stay_silent, nullptr);
  Tiff tiff(TIFFClientOpenExt("image", "rm", &source, read_bytes, write_nothing, seek, keep_open,
                              size_of, nullptr, nullptr, options.get()),
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
  int bits, samples, photometric;
};

Layout read_layout(const Tiff& tiff) {
  uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  TIFFGetField(tiff.get(), TIFFTAG_PHOTOMETRIC, &photometric);
  return {field<uint32_t>(tiff, TIFFTAG_IMAGEWIDTH), field<uint32_t>(tiff, TIFFTAG_IMAGELENGTH),
          field<uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE),
          field<uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL), photometric};
}

void require_supported(const Tiff& tiff, const Layout& layout) {
  if (layout.photometric == PHOTOMETRIC_SEPARATED) {
    throw Error(ErrorCode::unsupported_colour,
                "TIFF image: expected grey or RGB, got CMYK; convert it to grey");
  }
  if (layout.photometric > PHOTOMETRIC_YCBCR)
    throw_unsupported("grey or RGB", "another colour model");
  if (field<uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT) != SAMPLEFORMAT_UINT) {
    throw_unsupported("unsigned samples", "signed or floating-point ones");
  }
  if (layout.bits > 8 && layout.bits != 16) {
    throw_unsupported("up to 8 or 16 bits per sample", std::to_string(layout.bits));
  }
}

static_assert(std::endian::native == std::endian::little,
              "red must be the first byte of libtiff's RGBA");

// Up to 8 bits: libtiff itself undoes palettes, YCbCr and min-is-white.
cv::Mat read_8bit(const Tiff& tiff, const Layout& layout) {
  // Alpha is ignored; libtiff would multiply by it.
  const uint16_t unspecified = EXTRASAMPLE_UNSPECIFIED;
  if (layout.samples == 2 || layout.samples == 4)
    TIFFSetField(tiff.get(), TIFFTAG_EXTRASAMPLES, 1, &unspecified);
  cv::Mat rgba(static_cast<int>(layout.rows), static_cast<int>(layout.columns), CV_8UC4);
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

// 16 bits, strip by strip; the samples of a pixel stand together, the first one or three are used.
cv::Mat read_16bit(const Tiff& tiff, const Layout& layout) {
  if (TIFFIsTiled(tiff.get()) != 0 ||
      field<uint16_t>(tiff, TIFFTAG_PLANARCONFIG) != PLANARCONFIG_CONTIG || layout.samples > 4 ||
      layout.photometric > PHOTOMETRIC_RGB) {
    throw_unsupported("16-bit grey or RGB in strips", "another arrangement");
  }
  cv::Mat samples(static_cast<int>(layout.rows), static_cast<int>(layout.columns),
                  CV_MAKETYPE(CV_16U, layout.samples));
  const std::size_t row_bytes = samples.step[0];
  if (static_cast<std::size_t>(TIFFScanlineSize(tiff.get())) != row_bytes) throw_damaged();
  for (int row = 0; row < samples.rows; ++row) {
    if (TIFFReadScanline(tiff.get(), samples.ptr(row), static_cast<uint32_t>(row), 0) < 0)
      throw_damaged();
  }
  std::vector<cv::Mat> planes;
  cv::split(samples, planes);
  planes.resize(layout.samples >= 3 ? 3 : 1);
  cv::Mat used;
  cv::merge(planes, used);
  if (layout.photometric == PHOTOMETRIC_MINISWHITE) cv::bitwise_not(used, used);
  return used;
}

}  // namespace

GreyImage decode_tiff(std::string_view bytes) {
  Source source{bytes};
  const Tiff tiff = open(source);
  require_one_page(tiff);
  const Layout layout = read_layout(tiff);
  require_decodable_size(layout.columns, layout.rows);
  require_supported(tiff, layout);
  require_plausible_size(kSubject, bytes.size(), layout.columns * layout.rows, kBestCompression);

  const int orientation = field<uint16_t>(tiff, TIFFTAG_ORIENTATION);
  const cv::Mat pixels = layout.bits == 16 ? read_16bit(tiff, layout) : read_8bit(tiff, layout);
  GreyImage image;
  image.pixels = upright(folded_to_grey(pixels), orientation);
  image.format = "tiff";
  image.stored_bits = layout.bits;
  image.was_colour = layout.photometric >= PHOTOMETRIC_RGB;
  image.inverted = layout.photometric == PHOTOMETRIC_MINISWHITE;
  return image;
}

}  // namespace cxrnet::imaging
