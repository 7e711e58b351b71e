// Numbers of 8 bits for real ones: real = number x scale.
#pragma once

#include <algorithm>
#include <cmath>

#include "cxrnet/engine/graph.h"
#include "layout.h"

namespace cxrnet::engine {

inline constexpr double kLargestUnsigned = 255.0;
inline constexpr double kLargestSigned = 127.0;

/// How a value is stored; real types have scale 1.
struct Format {
  DataType type;
  float scale = 1.0F;

  bool is_quantised() const { return type == DataType::u8 || type == DataType::s8; }
};

/// Unsigned where no number is negative.
inline Format format_of_range(const Range& range) {
  constexpr double kSmallest = 1e-12;  // of a map that is zero throughout
  if (range.low >= 0.0) {
    return {DataType::u8, static_cast<float>(std::max(range.high / kLargestUnsigned, kSmallest))};
  }
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  return {DataType::s8, static_cast<float>(std::max(largest / kLargestSigned, kSmallest))};
}

}  // namespace cxrnet::engine
