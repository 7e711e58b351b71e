// The one file that compiles the decoder; its warnings are not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#define STB_IMAGE_IMPLEMENTATION
#include "stb_image_bounded.h"
#pragma GCC diagnostic pop

#include <cstdlib>
#include <limits>

namespace cxrnet::data {
namespace {

constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

thread_local std::size_t most_bytes = kUnbounded;
thread_local bool is_exceeded = false;

bool grants(std::size_t bytes) {
  if (bytes <= most_bytes) return true;
  is_exceeded = true;
  return false;
}

}  // namespace

DecoderMemory::DecoderMemory(std::size_t bytes) {
  most_bytes = bytes;
  is_exceeded = false;
}

DecoderMemory::~DecoderMemory() { most_bytes = kUnbounded; }

bool DecoderMemory::was_exceeded() const { return is_exceeded; }

void* allocate_for_decoder(std::size_t bytes) {
  return grants(bytes) ? std::calloc(1, bytes) : nullptr;
}

void* reallocate_for_decoder(void* memory, std::size_t bytes) {
  return grants(bytes) ? std::realloc(memory, bytes) : nullptr;
}

void free_for_decoder(void* memory) { std::free(memory); }

}  // namespace cxrnet::data
