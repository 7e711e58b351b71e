#include "text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "cxrnet/core/printable.h"

namespace cxrnet::data {
namespace {

constexpr std::array<std::string_view, 11> kBlanks{
    " ",        "\t",           "\n",           "\v",           "\f",          "\r",
    "\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\x8B", "\xE2\x80\xAF", "\xEF\xBB\xBF"};
constexpr std::size_t kShownBytes = 60;

// The length of the UTF-8 sequence at the front of `bytes`, or 0 when there is no valid one
// (Unicode 15, table 3-7).
std::size_t utf8_sequence(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool beyond_unicode = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

// A valid sequence that a terminal would obey instead of showing it.
bool is_control(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(sequence[i]); };
  if (sequence.size() == 1) {
    const uint8_t code = byte(0);
    return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') || code == 0x7F;
  }
  if (sequence.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;  // C1
  const bool turns = sequence.size() == 3 && byte(0) == 0xE2;
  return turns && ((byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) ||  // U+2028 … 202E
                   (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9));   // U+2066 … 2069
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (const auto blank : kBlanks) {
      if (text.starts_with(blank)) {
        text.remove_prefix(blank.size());
        shorter = true;
      }
      if (text.ends_with(blank)) {
        text.remove_suffix(blank.size());
        shorter = true;
      }
    }
  }
  return text;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

std::size_t find_no_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = utf8_sequence(text.substr(at));
    if (length == 0 || is_control(text.substr(at, length))) return at;
    at += length;
  }
  return text.size();
}

std::string shown(std::string_view text) {
  if (text.size() <= kShownBytes) return printable(text);
  std::size_t cut = kShownBytes;
  while ((static_cast<uint8_t>(text[cut]) & 0xC0) == 0x80 && cut > kShownBytes - 4) --cut;
  return printable(text.substr(0, cut)) + "...";
}

std::string in_quotes(std::string_view text) { return "'" + shown(text) + "'"; }

}  // namespace cxrnet::data
