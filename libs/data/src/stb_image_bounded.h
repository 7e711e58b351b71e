// stb_image cut down to what shards hold: JPEG and PNG from memory, bounded sides and memory.
#pragma once

#include <cstddef>

namespace cxrnet::data {

/// While it lives, the decoder gets no piece of memory of more than `bytes` in this thread. It asks
/// for what a file says before it looks whether the file has as much, and inflates whatever is
/// there.
class DecoderMemory {
 public:
  explicit DecoderMemory(std::size_t bytes);
  ~DecoderMemory();
  DecoderMemory(const DecoderMemory&) = delete;
  DecoderMemory& operator=(const DecoderMemory&) = delete;

  bool was_exceeded() const;
};

/// Zeroed: version 2.27 reads the tables of a damaged JPEG that never defines them.
void* allocate_for_decoder(std::size_t bytes);
void* reallocate_for_decoder(void* memory, std::size_t bytes);
void free_for_decoder(void* memory);

}  // namespace cxrnet::data

#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_MAX_DIMENSIONS 16384
#define STBI_MALLOC(size) cxrnet::data::allocate_for_decoder(size)
#define STBI_REALLOC(memory, size) cxrnet::data::reallocate_for_decoder(memory, size)
#define STBI_FREE(memory) cxrnet::data::free_for_decoder(memory)
#include <stb_image.h>
