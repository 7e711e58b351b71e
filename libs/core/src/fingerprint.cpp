#include "cxrnet/core/fingerprint.h"

namespace cxrnet {

std::string Fingerprint::hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (int digit = 0; digit < 16; ++digit) text[digit] = kDigits[state_ >> (60 - 4 * digit) & 15U];
  return text;
}

std::string fingerprint_of(std::string_view bytes) {
  Fingerprint fingerprint;
  fingerprint.update(bytes);
  return fingerprint.hex();
}

}  // namespace cxrnet
