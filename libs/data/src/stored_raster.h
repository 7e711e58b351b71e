// JPEG and PNG bytes to pixels by the header-only decoder, kept from what it gets wrong.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cxrnet::data {

/// Why bytes were not decoded; the caller knows what they were meant to be.
struct Undecodable {
  enum class Why { other_kind, damaged, too_large } why;
  std::string expected, got;
};

struct FreePixels {
  void operator()(void* pixels) const;
};

/// Channels interleaved: 1 grey, 2 with alpha, 3 colour, 4 with alpha.
template <class Value>
struct StoredRaster {
  int height = 0, width = 0, channels = 0;
  std::unique_ptr<Value[], FreePixels> pixels;
};

bool is_png(std::string_view bytes);
bool is_jpeg(std::string_view bytes);

/// Throws Undecodable for bytes that are neither, are damaged or have a side above `most_side`.
/// 16 bits keep the upper 8; `fold_to_grey` gives luma.
StoredRaster<unsigned char> decode_stored_8bit(std::string_view bytes, int most_side,
                                               bool fold_to_grey);
StoredRaster<unsigned short> decode_stored_16bit(std::string_view bytes, int most_side);

}  // namespace cxrnet::data
