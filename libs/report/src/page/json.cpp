#include "page/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace cxrnet::report {

const Json& member(const Json& object, std::string_view key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(std::string(key));
  return found == object.end() ? kNull : *found;
}

const Json& member_at(const Json& object, std::string_view path) {
  const Json* value = &object;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('.', begin), path.size());
    value = &member(*value, path.substr(begin, end - begin));
    begin = end + 1;
  }
  return *value;
}

const Json& items(const Json& object, std::string_view key) {
  static const Json kEmpty = Json::array();
  const auto& value = member(object, key);
  return value.is_array() ? value : kEmpty;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  const auto number = number_of(value);
  return number ? shortest(*number) : "";
}

std::string text_of(const Json& object, std::string_view key) {
  return text_of(member(object, key));
}

std::string text_or(const Json& object, std::string_view path, const char* otherwise) {
  const auto text = text_of(member_at(object, path));
  return text.empty() ? otherwise : text;
}

std::optional<double> number_of(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  const auto number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<double> number_of(const Json& object, std::string_view key) {
  return number_of(member(object, key));
}

std::string shortest(double value) {
  std::array<char, 32> buffer;  // the longest has 24 characters
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc() ? std::string(buffer.data(), end) : "?";
}

}  // namespace cxrnet::report
