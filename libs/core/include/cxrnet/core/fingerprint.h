// Tells contents apart; no protection against intent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cxrnet {

/// 64-bit FNV-1a (Fowler, Noll, Vo).
class Fingerprint {
 public:
  void update(std::string_view bytes) {
    for (const char byte : bytes) {
      state_ = (state_ ^ static_cast<unsigned char>(byte)) * 0x00000100000001B3ULL;
    }
  }
  std::string hex() const;  ///< 16 digits

 private:
  uint64_t state_ = 0xCBF29CE484222325ULL;
};

std::string fingerprint_of(std::string_view bytes);

}  // namespace cxrnet
