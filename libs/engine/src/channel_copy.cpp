#include "channel_copy.h"

#include <ATen/Parallel.h>

#include <cstring>
#include <type_traits>

namespace cxrnet::engine {
namespace {

constexpr int64_t kBytesPerTask = 1 << 15;

int64_t grain(std::size_t bytes_per_item) {
  return std::max<int64_t>(1, kBytesPerTask / static_cast<int64_t>(bytes_per_item));
}

// Calls `body(copy)` with a function that copies `bytes` bytes; the usual counts are known to the
// compiler, which then uses vector registers instead of calling memcpy.
template <class Body>
void with_copy_of(std::size_t bytes, const Body& body) {
  const auto fixed = [](auto constant) {
    return [](char* to, const char* from) { std::memcpy(to, from, decltype(constant)::value); };
  };
  switch (bytes) {
    case 32:
      return body(fixed(std::integral_constant<std::size_t, 32>()));
    case 64:
      return body(fixed(std::integral_constant<std::size_t, 64>()));
    case 128:
      return body(fixed(std::integral_constant<std::size_t, 128>()));
    default:
      return body([bytes](char* to, const char* from) { std::memcpy(to, from, bytes); });
  }
}

}  // namespace

void ChannelCopy::run(const void* source, void* target) const {
  const auto* from = static_cast<const char*>(source);
  auto* to = static_cast<char*>(target);
  with_copy_of(bytes, [&](const auto& copy) {
    at::parallel_for(
        0, static_cast<int64_t>(pixels), grain(bytes), [&](int64_t begin, int64_t end) {
          for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
            copy(to + i * target_stride, from + i * source_stride);
        });
  });
}

void ShuffleCopy::run(const void* source, void* target) const {
  const auto* from = static_cast<const char*>(source);
  auto* to = static_cast<char*>(target);
  const auto target_row = 2 * columns * target_stride;
  with_copy_of(bytes, [&](const auto& copy) {
    at::parallel_for(
        0, static_cast<int64_t>(rows), grain(4 * columns * bytes), [&](int64_t begin, int64_t end) {
          const auto* block = from + static_cast<std::size_t>(begin) * columns * 4 * bytes;
          for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end);
               ++row) {
            auto* upper = to + 2 * row * target_row;
            auto* lower = upper + target_row;
            for (std::size_t column = 0; column < columns; ++column) {
              copy(upper, block);
              copy(upper + target_stride, block + bytes);
              copy(lower, block + 2 * bytes);
              copy(lower + target_stride, block + 3 * bytes);
              block += 4 * bytes;
              upper += 2 * target_stride;
              lower += 2 * target_stride;
            }
          }
        });
  });
}

}  // namespace cxrnet::engine
