// Where the values of a network lie in one block of memory.
#pragma once

#include <cstddef>
#include <vector>

namespace cxrnet::engine {

/// Bytes; the block and every offset in it begin at a multiple.
inline constexpr std::size_t kCacheLine = 64;

struct Lifetime {
  std::size_t bytes;
  std::size_t first, last;  ///< steps that write it first and touch it last
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  ///< bytes, of each lifetime, multiples of kCacheLine
  std::size_t bytes = 0;             ///< of the whole block
};

/// Buffers that are alive at the same step do not overlap. Greedy by size: the largest first, each
/// at the lowest offset that is free for its lifetime (Pisarchyk & Lee 2020).
MemoryPlan plan_memory(const std::vector<Lifetime>& lifetimes);

}  // namespace cxrnet::engine
