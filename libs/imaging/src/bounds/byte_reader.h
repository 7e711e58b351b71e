// Numbers at given places of a byte string, with every read checked against its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bounds/image_limits.h"

namespace cxrnet::imaging {

enum class Endian { little, big };

class ByteReader {
 public:
  ByteReader(std::string_view bytes, Endian endian, std::string_view subject)
      : bytes_(bytes), endian_(endian), subject_(subject) {}

  std::size_t size() const { return bytes_.size(); }
  uint8_t u8(std::size_t offset) const { return static_cast<uint8_t>(unsigned_at(offset, 1)); }
  uint16_t u16(std::size_t offset) const { return static_cast<uint16_t>(unsigned_at(offset, 2)); }
  uint32_t u32(std::size_t offset) const { return unsigned_at(offset, 4); }

  /// Throws Error{corrupt_image} unless [offset, offset + length) lies inside the bytes.
  void require(std::size_t offset, std::size_t length) const {
    if (length <= bytes_.size() && offset <= bytes_.size() - length) return;
    throw_corrupt(subject_, "all of its data", "an early end");
  }

 private:
  uint32_t unsigned_at(std::size_t offset, std::size_t length) const {
    require(offset, length);
    uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t at = endian_ == Endian::big ? offset + i : offset + length - 1 - i;
      value = value << 8 | static_cast<uint8_t>(bytes_[at]);
    }
    return value;
  }

  std::string_view bytes_;
  Endian endian_;
  std::string_view subject_;
};

}  // namespace cxrnet::imaging
