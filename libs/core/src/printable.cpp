#include "cxrnet/core/printable.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace cxrnet {
namespace {

constexpr uint32_t kNoCharacter = 0xFFFFFFFF;

struct Character {
  uint32_t code = kNoCharacter;  // kNoCharacter: the byte is no UTF-8
  std::size_t bytes = 1;
};

// By the table of well-formed byte sequences (Unicode 15, table 3-7).
Character first_character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 1;
  if (length == 1 || text.size() < length) return {};
  uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[length] || code > 0x10FFFF || surrogate) return {};
  return {code, length};
}

bool is_obeyed(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
         code == 0x200E || code == 0x200F || code == 0x061C || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string hexadecimal(const char* format, uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string shown(uint32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code == '\t') return "\\t";
  return code < 0x100 ? hexadecimal("\\x%02x", code) : hexadecimal("\\u%04x", code);
}

// Replaces what is no UTF-8 or is obeyed; the rest stays.
template <class Replace>
std::string replaced(std::string_view text, Replace&& replace) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    const auto bytes = text.substr(0, character.bytes);
    if (character.code == kNoCharacter || is_obeyed(character.code)) {
      result += replace(character.code, bytes);
    } else {
      result += bytes;
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

}  // namespace

std::string printable(std::string_view text) {
  return replaced(text, [](uint32_t code, std::string_view bytes) {
    return code == kNoCharacter ? hexadecimal("\\x%02x", static_cast<unsigned char>(bytes.front()))
                                : shown(code);
  });
}

std::string plain_name(std::string_view text) {
  return replaced(text, [](uint32_t, std::string_view) { return std::string("\xEF\xBF\xBD"); });
}

// Outside of strings JSON has no such characters but line ends and tabs, and inside of them no
// writer leaves those.
std::string printable_json(std::string_view json) {
  return replaced(json, [](uint32_t code, std::string_view bytes) {
    const bool layout = code == '\n' || code == '\t' || code == '\r';
    return layout || code == kNoCharacter ? std::string(bytes) : hexadecimal("\\u%04x", code);
  });
}

}  // namespace cxrnet
