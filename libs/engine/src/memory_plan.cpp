#include "memory_plan.h"

#include <algorithm>
#include <numeric>

namespace cxrnet::engine {
namespace {

std::size_t aligned(std::size_t bytes) {
  return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}

bool overlap(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

MemoryPlan plan_memory(const std::vector<Lifetime>& lifetimes) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return lifetimes[a].bytes > lifetimes[b].bytes;
  });
  MemoryPlan plan{.offsets = std::vector<std::size_t>(lifetimes.size(), 0)};
  std::vector<std::size_t> placed;  // by offset
  for (const auto buffer : order) {
    const auto size = aligned(lifetimes[buffer].bytes);
    std::size_t offset = 0;
    for (const auto other : placed) {
      if (!overlap(lifetimes[buffer], lifetimes[other])) continue;
      if (offset + size <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + aligned(lifetimes[other].bytes));
    }
    plan.offsets[buffer] = offset;
    plan.bytes = std::max(plan.bytes, offset + size);
    const auto position = std::upper_bound(
        placed.begin(), placed.end(), offset,
        [&](std::size_t value, std::size_t other) { return value < plan.offsets[other]; });
    placed.insert(position, buffer);
  }
  return plan;
}

}  // namespace cxrnet::engine
