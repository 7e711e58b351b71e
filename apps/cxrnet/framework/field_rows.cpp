#include "framework/field_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace cxrnet::app {
namespace {

using nlohmann::json;

std::string describe_expected(const FieldRow& row) {
  if (!row.choices.empty()) return "one of " + join(row.choices);
  switch (row.kind) {
    case ValueKind::flag:
      return "true or false";
    case ValueKind::integer: {
      const std::string range = describe(row.range);
      return range == "any number" ? "a whole number" : "a whole number " + range;
    }
    case ValueKind::number: {
      const std::string range = describe(row.range);
      return range == "any number" ? "a number" : "a number " + range;
    }
    case ValueKind::text:
      return "text";
  }
  return "a value";
}

[[noreturn]] void throw_unsuitable(const FieldRow& row, const std::string& got) {
  throw Error(ErrorCode::invalid_option, row.name + ": expected " + describe_expected(row) +
                                             ", got '" + got + "'; change --" + row.name);
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

json parse_element(const FieldRow& row, std::string_view text) {
  switch (row.kind) {
    case ValueKind::flag:
      if (text == "true" || text == "false") return text == "true";
      break;
    case ValueKind::integer:
      if (const auto number = parse_number<int64_t>(text)) return *number;
      break;
    case ValueKind::number:
      if (const auto number = parse_number<double>(text); number && std::isfinite(*number))
        return *number;
      break;
    case ValueKind::text:
      return std::string(text);
  }
  throw_unsuitable(row, std::string(text));
}

bool has_right_type(const FieldRow& row, const json& value) {
  switch (row.kind) {
    case ValueKind::flag:
      return value.is_boolean();
    case ValueKind::integer:
      return value.is_number_integer();
    case ValueKind::number:
      return value.is_number() && std::isfinite(value.get<double>());
    case ValueKind::text:
      return value.is_string();
  }
  return false;
}

void check_element(const FieldRow& row, const json& value) {
  bool suits = has_right_type(row, value);
  if (suits && value.is_number()) suits = row.range.contains(value.get<double>());
  if (suits && !row.choices.empty()) {
    suits = std::find(row.choices.begin(), row.choices.end(), value.get<std::string>()) !=
            row.choices.end();
  }
  if (!suits) throw_unsuitable(row, format_value(value));
}

}  // namespace

std::string format_value(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> elements;
  for (const auto& element : value) elements.push_back(format_value(element));
  return join(elements, ",");
}

std::string value_placeholder(const FieldRow& row) {
  if (row.kind == ValueKind::flag) return "";
  std::string placeholder = row.kind == ValueKind::integer  ? "INTEGER"
                            : row.kind == ValueKind::number ? "NUMBER"
                                                            : "TEXT";
  if (!row.choices.empty()) placeholder = join(row.choices, "|");
  return row.list ? placeholder + ",..." : placeholder;
}

std::string describe_field(const FieldRow& row) {
  std::vector<std::string> facts;
  if (const std::string range = describe(row.range); range != "any number") facts.push_back(range);
  const std::string shown = row.kind == ValueKind::flag ? (row.default_value == true ? "on" : "off")
                                                        : format_value(row.default_value);
  if (!shown.empty()) facts.push_back("default " + shown);
  return facts.empty() ? row.help : row.help + " (" + join(facts, "; ") + ")";
}

json parse_value(const FieldRow& row, std::string_view text) {
  if (!row.list) return check_value(row, parse_element(row, text));
  json elements = json::array();
  while (!text.empty()) {
    const auto comma = text.find(',');
    elements.push_back(parse_element(row, text.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) elements.push_back(parse_element(row, text));
  }
  return check_value(row, elements);
}

json check_value(const FieldRow& row, const json& value) {
  if (value == row.default_value && value.type() == row.default_value.type()) return value;
  if (row.list != value.is_array()) throw_unsuitable(row, format_value(value));
  if (row.list) {
    for (const auto& element : value) check_element(row, element);
  } else {
    check_element(row, value);
  }
  return value;
}

const FieldRow* find_row(const std::vector<FieldRow>& rows, std::string_view name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const FieldRow& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace cxrnet::app
