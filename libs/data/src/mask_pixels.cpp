#include <algorithm>
#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/data/mask.h"
#include "stored_raster.h"

namespace cxrnet::data {
namespace {

constexpr int kMaxMaskSide = 16384;
constexpr int64_t kMaxMaskPixels = 100'000'000;
constexpr std::size_t kPngSignature = 8;
constexpr std::size_t kPngHeader = 33;  // signature, length, "IHDR", 13 bytes, check sum
constexpr std::size_t kPngBitDepth = 24, kPngColourType = 25;
constexpr char kPalette = 3, kGrey = 0;

uint32_t big_endian(std::string_view bytes, std::size_t at) {
  uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// A PNG without the chunks that make colours transparent, and with `as_numbers` without its
// palette: the entries' numbers are then its grey values. (The decoder does not look at check
// sums.)
std::string plain_png(std::string_view bytes, bool as_numbers) {
  std::string plain(bytes.substr(0, kPngSignature));
  for (std::size_t at = kPngSignature; at + 12 <= bytes.size();) {
    const auto type = bytes.substr(at + 4, 4);
    const std::size_t length = std::size_t{big_endian(bytes, at)} + 12;
    const bool is_left_out = type == "tRNS" || (as_numbers && type == "PLTE");
    if (!is_left_out) plain += bytes.substr(at, length);
    at += std::min(length, bytes.size() - at);
  }
  if (as_numbers) plain[kPngColourType] = kGrey;
  return plain;
}

template <class Value>
MaskPixels to_pixels(const StoredRaster<Value>& raster) {
  MaskPixels pixels{.height = raster.height,
                    .width = raster.width,
                    .channels = raster.channels,
                    .values = {},
                    .indices = {}};
  const auto* values = raster.pixels.get();
  pixels.values.assign(values, values + pixels.height * pixels.width * pixels.channels);
  pixels.opaque = sizeof(Value) == 1 ? 255 : 65535;
  return pixels;
}

void require_pixels(std::string_view bytes) {
  if (!is_png(bytes)) return;
  if (bytes.size() < kPngHeader || bytes.substr(12, 4) != "IHDR") {
    throw Undecodable{Undecodable::Why::damaged, "a header at the front of a PNG", "none"};
  }
  const int64_t width = big_endian(bytes, 16), height = big_endian(bytes, 20);
  if (width <= kMaxMaskSide && height <= kMaxMaskSide && width * height > kMaxMaskPixels) {
    throw Undecodable{Undecodable::Why::too_large, "at most 100 million pixels",
                      std::to_string(width) + " x " + std::to_string(height)};
  }
}

// Grey of 1, 2 or 4 bits comes out stretched to 255.
int step_of(char bit_depth) {
  return bit_depth == 1 ? 255 : bit_depth == 2 ? 85 : bit_depth == 4 ? 17 : 1;
}

MaskPixels decode_png_mask(std::string_view bytes) {
  const char depth = bytes[kPngBitDepth], type = bytes[kPngColourType];
  const std::string plain = plain_png(bytes, /*as_numbers=*/false);
  if (depth == 16) return to_pixels(decode_stored_16bit(plain, kMaxMaskSide));
  auto pixels = to_pixels(decode_stored_8bit(plain, kMaxMaskSide, /*fold_to_grey=*/false));
  if (type == kGrey) pixels.step = step_of(depth);
  if (type != kPalette) return pixels;
  const auto numbers = decode_stored_8bit(plain_png(bytes, true), kMaxMaskSide, true);
  pixels.indices.assign(numbers.pixels.get(), numbers.pixels.get() + pixels.height * pixels.width);
  for (auto& index : pixels.indices) index = static_cast<uint8_t>(index / step_of(depth));
  return pixels;
}

}  // namespace

bool is_mask_format(std::string_view bytes) { return is_png(bytes) || is_jpeg(bytes); }

MaskPixels decode_mask_pixels(std::string_view bytes) {
  try {
    require_pixels(bytes);
    if (is_png(bytes)) return decode_png_mask(bytes);
    auto pixels = to_pixels(decode_stored_8bit(bytes, kMaxMaskSide, /*fold_to_grey=*/false));
    pixels.is_lossy = true;
    return pixels;
  } catch (const Undecodable& problem) {
    const auto code = problem.why == Undecodable::Why::other_kind ? ErrorCode::unsupported_format
                      : problem.why == Undecodable::Why::damaged  ? ErrorCode::corrupt_image
                                                                  : ErrorCode::image_too_large;
    throw Error(code,
                "mask: expected " + problem.expected + ", got " + problem.got + "; save it as PNG");
  }
}

}  // namespace cxrnet::data
