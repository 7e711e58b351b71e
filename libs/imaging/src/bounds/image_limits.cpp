#include "bounds/image_limits.h"

#include <algorithm>
#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/imaging/decode.h"

namespace cxrnet::imaging {

void require_decodable_size(int64_t columns, int64_t rows) {
  const std::string got = std::to_string(columns) + " x " + std::to_string(rows) + " pixels";
  if (std::min(columns, rows) < kMinSide) {
    throw Error(ErrorCode::image_too_small, "image: expected at least " + std::to_string(kMinSide) +
                                                " pixels on each side, got " + got +
                                                "; use the original X-ray");
  }
  if (std::max(columns, rows) > kMaxAspect * std::min(columns, rows)) {
    throw Error(ErrorCode::extreme_aspect, "image: expected sides of at most " +
                                               std::to_string(kMaxAspect) + " to 1, got " + got +
                                               "; use the whole X-ray, not a strip");
  }
  require_bounded_size(columns, rows);
}

void require_bounded_size(int64_t columns, int64_t rows) {
  if (rows <= 0 || columns <= kMaxPixels / rows) return;  // the product might not fit
  throw Error(ErrorCode::image_too_large, "image: expected at most " + std::to_string(kMaxPixels) +
                                              " pixels, got " + std::to_string(columns) + " x " +
                                              std::to_string(rows) +
                                              " pixels; reduce its size first");
}

void require_plausible_size(std::string_view subject, std::size_t bytes, int64_t pixels,
                            int64_t pixels_per_byte) {
  if (pixels / pixels_per_byte <= static_cast<int64_t>(bytes)) return;
  throw_corrupt(subject, "data for " + std::to_string(pixels) + " pixels",
                std::to_string(bytes) + " bytes");
}

void throw_corrupt(std::string_view subject, std::string_view expected, std::string_view got) {
  throw Error(ErrorCode::corrupt_image, std::string(subject) + ": expected " +
                                            std::string(expected) + ", got " + std::string(got) +
                                            "; the file is truncated or damaged, fetch it again");
}

}  // namespace cxrnet::imaging
