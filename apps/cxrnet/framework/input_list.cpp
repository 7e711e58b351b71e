#include "framework/input_list.h"

#include <algorithm>

#include "cxrnet/core/error.h"

namespace cxrnet::app {
namespace {

constexpr std::string_view kBlanks = " \t";

// Text of file names in UTF-16 has NUL bytes in nearly every place of one parity, save for letters
// beyond the Latin ones; of short names between NUL bytes those of one parity are a quarter at most
// (names of three letters), but for names of one letter.
bool looks_like_utf16(std::string_view text) {
  std::size_t even = 0;
  std::size_t odd = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') ++(i % 2 == 0 ? even : odd);
  }
  return text.size() % 2 == 0 && (even == 0 || odd == 0) && 3 * (even + odd) >= text.size() &&
         text.find_first_of("/.") != text.npos;
}

void require_utf8(std::string_view text) {
  const bool marked = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
                      text.starts_with(std::string_view("\0\0\xFE\xFF", 4));
  if (!text.empty() && (marked || looks_like_utf16(text))) {
    throw Error(ErrorCode::unsupported_format,
                "list: expected UTF-8, got UTF-16 or UTF-32; save it as UTF-8");
  }
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string> readings_of_line(std::string_view line) {
  std::vector<std::string> readings{std::string(line)};
  const auto add = [&readings](std::string_view reading) {
    if (reading != readings.back()) readings.emplace_back(reading);
  };
  if (line.ends_with('\r')) line.remove_suffix(1);
  add(line);
  add(without_blanks(line));
  return readings;
}

// A list of lines has no NUL bytes, but one may have crept in: that line alone is then no name.
bool is_nul_separated(std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return false;
  return text.back() == '\0' || text.find('\n') == std::string_view::npos;
}

std::vector<ListedName> names_between_nuls(std::string_view text) {
  std::vector<ListedName> names;
  std::size_t number = 0;
  for (const auto name : split(text, '\0')) {
    ++number;
    if (!name.empty()) names.push_back({.number = number, .readings = {std::string(name)}});
  }
  return names;
}

}  // namespace

std::vector<ListedName> parse_list(std::string_view text) {
  require_utf8(text);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (is_nul_separated(text)) return names_between_nuls(text);
  const bool old_ends =
      text.find('\n') == std::string_view::npos && text.find('\r') != std::string_view::npos;
  std::vector<ListedName> names;
  std::size_t number = 0;
  for (const auto line : split(text, old_ends ? '\r' : '\n')) {
    ListedName name{.number = ++number,
                    .readings = readings_of_line(line),
                    .has_nul = line.find('\0') != std::string_view::npos};
    if (name.readings.back().empty()) continue;
    name.is_comment = name.readings.back().starts_with('#');
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace cxrnet::app
