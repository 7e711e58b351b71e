// The sizes that are decoded, checked on header fields before any memory is taken.
#pragma once

#include <cstdint>
#include <string_view>

namespace cxrnet::imaging {

/// Throws image_too_small, extreme_aspect or image_too_large (see decode.h for the limits).
void require_decodable_size(int64_t columns, int64_t rows);

/// Throws image_too_large alone; a picture without rows is the decoder's to refuse.
void require_bounded_size(int64_t columns, int64_t rows);

/// Throws corrupt_image when so few bytes cannot stand for so many pixels: what a decompression
/// bomb, or a file that lost nearly all its data, looks like. `pixels_per_byte` is the format's
/// best possible compression.
void require_plausible_size(std::string_view subject, std::size_t bytes, int64_t pixels,
                            int64_t pixels_per_byte);

/// Throws Error{corrupt_image}.
[[noreturn]] void throw_corrupt(std::string_view subject, std::string_view expected,
                                std::string_view got);

}  // namespace cxrnet::imaging
