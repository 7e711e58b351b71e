// stb_image cut down to what shards hold: JPEG and PNG from memory, bounded sides.
#pragma once

#include <cstdlib>

#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_MAX_DIMENSIONS 16384
// Zeroed: version 2.27 reads the tables of a damaged JPEG that never defines them.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(memory, size) std::realloc(memory, size)
#define STBI_FREE(memory) std::free(memory)
#include <stb_image.h>
