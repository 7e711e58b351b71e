#include "cxrnet/train/memory_pool.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace cxrnet::train {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20U;
constexpr std::size_t kPoolBytes = std::size_t{2} << 30U;
constexpr std::size_t kAlignment = 64;  // of libtorch's own allocator

std::size_t rounded_up(std::size_t bytes, std::size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  void* memory = std::aligned_alloc(alignment, rounded_up(bytes, alignment));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// Freed blocks of whole huge pages by size. Never destroyed: tensors of static storage may outlive
// everything else.
class Pool {
 public:
  static Pool& instance() {
    static auto* pool = new Pool;
    return *pool;
  }

  void* take(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    auto& blocks = unused_[bytes];
    if (!blocks.empty()) {
      void* block = blocks.back();
      blocks.pop_back();
      unused_bytes_ -= bytes;
      sizes_.emplace(block, bytes);
      return block;
    }
    if (unused_bytes_ + bytes > kPoolBytes) release();
    void* block = allocate_aligned(bytes, kHugePage);
    ::madvise(block, bytes, MADV_HUGEPAGE);  // where refused, pages stay small
    sizes_.emplace(block, bytes);
    return block;
  }

  // False if the pool does not know the block.
  bool give_back(void* block) {
    const std::scoped_lock lock(mutex_);
    const auto found = sizes_.find(block);
    if (found == sizes_.end()) return false;
    const auto bytes = found->second;
    sizes_.erase(found);
    unused_[bytes].push_back(block);
    unused_bytes_ += bytes;
    return true;
  }

 private:
  void release() {
    for (auto& [bytes, blocks] : unused_) {
      for (void* block : blocks) std::free(block);
    }
    unused_.clear();
    unused_bytes_ = 0;
  }

  std::mutex mutex_;
  std::map<std::size_t, std::vector<void*>> unused_;
  std::map<void*, std::size_t> sizes_;  // of blocks in use
  std::size_t unused_bytes_ = 0;
};

void give_back(void* memory) {
  if (!Pool::instance().give_back(memory)) std::free(memory);
}

class PoolAllocator final : public c10::Allocator {
 public:
  // The base class's is const up to libtorch 2.2 and no longer is; one of the two overrides it.
  // NOLINTNEXTLINE(modernize-use-override,clang-diagnostic-inconsistent-missing-override)
  c10::DataPtr allocate(std::size_t bytes) { return allocate_from_pool(bytes); }
  // NOLINTNEXTLINE(modernize-use-override,clang-diagnostic-inconsistent-missing-override)
  c10::DataPtr allocate(std::size_t bytes) const { return allocate_from_pool(bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  // libtorch 2 asks for it, libtorch 1 knows no such function.
  void copy_data(void* target, const void* source, std::size_t bytes) const {
    std::memcpy(target, source, bytes);
  }

 private:
  static c10::DataPtr allocate_from_pool(std::size_t bytes) {
    void* memory = nullptr;
    if (bytes >= kHugePage) {
      memory = Pool::instance().take(rounded_up(bytes, kHugePage));
    } else if (bytes > 0) {
      memory = allocate_aligned(bytes, kAlignment);
    }
    return {memory, memory, &give_back, c10::Device(c10::kCPU)};
  }
};

}  // namespace

void use_memory_pool() {
  static auto* allocator = new PoolAllocator;
  constexpr uint8_t kAboveTheDefault = 1;
  c10::SetCPUAllocator(allocator, kAboveTheDefault);
}

}  // namespace cxrnet::train
