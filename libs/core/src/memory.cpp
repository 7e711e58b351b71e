#include "cxrnet/core/memory.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include <array>
#include <mutex>
#include <new>

namespace cxrnet {
namespace {

// By OpenBLAS's own functions, which its products use.
void have_openblas_take_buffers() {
  using Take = void* (*)(int);
  using Give = void (*)(void*);
  const auto take = reinterpret_cast<Take>(::dlsym(RTLD_DEFAULT, "blas_memory_alloc"));
  const auto give = reinterpret_cast<Give>(::dlsym(RTLD_DEFAULT, "blas_memory_free"));
  if (take == nullptr || give == nullptr) return;
  constexpr std::size_t kBytesEach = (128U << 20U) + (1U << 20U);  // of builds for x86-64
  std::array<void*, 2> buffers{};
  require_memory(kBytesEach * buffers.size());
  for (auto& buffer : buffers) buffer = take(0);
  for (auto* buffer : buffers) give(buffer);
}

}  // namespace

// Not by malloc, which remembers the sizes it was asked for and keeps more of what is freed.
void require_memory(std::size_t bytes) {
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  ::munmap(memory, bytes);
}

void reserve_memory_for_products() {
  static std::once_flag once;
  std::call_once(once, have_openblas_take_buffers);
}

}  // namespace cxrnet
