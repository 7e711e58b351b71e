#include "cxrnet/pipeline/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "cxrnet/core/error.h"

namespace cxrnet::pipeline {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorCode::internal,
                "sha256: expected OpenSSL to provide it, got a failure; check the installation");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15U];
  }
  return text;
}

}  // namespace cxrnet::pipeline
