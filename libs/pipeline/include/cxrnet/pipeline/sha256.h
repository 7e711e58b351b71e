// Digests by which results name a file.
#pragma once

#include <string>
#include <string_view>

namespace cxrnet::pipeline {

/// SHA-256 (FIPS 180-4), lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);

}  // namespace cxrnet::pipeline
