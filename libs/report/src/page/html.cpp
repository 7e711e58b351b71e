#include "page/html.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cxrnet::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char byte_at(std::string_view text, std::size_t index) {
  return index < text.size() ? static_cast<unsigned char>(text[index]) : 0;
}

// The length of the UTF-8 sequence at `begin`, 0 when it is not one (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text, std::size_t begin) {
  const unsigned char first = byte_at(text, begin);
  const unsigned char second = byte_at(text, begin + 1);
  std::size_t length = 0;
  unsigned char lowest = 0x80;
  unsigned char highest = 0xBF;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) length = 2;
  if (first >= 0xE0 && first <= 0xEF) length = 3;
  if (first >= 0xF0 && first <= 0xF4) length = 4;
  if (first == 0xE0) lowest = 0xA0;   // overlong
  if (first == 0xED) highest = 0x9F;  // surrogates
  if (first == 0xF0) lowest = 0x90;   // overlong
  if (first == 0xF4) highest = 0x8F;  // above U+10FFFF
  if (length == 0 || second < lowest || second > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    const unsigned char next = byte_at(text, begin + i);
    if (next < 0x80 || next > 0xBF) return 0;
  }
  return length;
}

bool is_control(char letter) {
  const auto code = static_cast<unsigned char>(letter);
  return (code < 0x20 && letter != '\t' && letter != '\n') || code == 0x7F;
}

std::string_view reference(char letter) {
  switch (letter) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

// Elements around which white space means nothing: a line break there keeps the page's source
// legible.
bool is_block(std::string_view name) {
  constexpr std::array<std::string_view, 14> kBlocks{"div", "section", "header", "footer", "h1",
                                                     "h2",  "p",       "ul",     "li",     "dl",
                                                     "tr",  "table",   "figure", "details"};
  return std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end();
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0 || is_control(text[i])) {
      escaped += kReplacement;
      ++i;
      continue;
    }
    const auto entity = reference(text[i]);
    escaped += entity.empty() ? text.substr(i, length) : entity;
    i += length;
  }
  return escaped;
}

namespace detail {

Html opening_tag(std::string_view name, Attributes attributes) {
  std::string code = "<" + std::string(name);
  for (const auto& [attribute, value] : attributes) {
    code += " " + std::string(attribute) + "=\"" + escape(value) + "\"";
  }
  return Html::trusted(code + ">");
}

Html closing_tag(std::string_view name) {
  return Html::trusted("</" + std::string(name) + (is_block(name) ? ">\n" : ">"));
}

}  // namespace detail
}  // namespace cxrnet::report
