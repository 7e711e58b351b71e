// The field table of an options aggregate with the types erased: what the command line, the config
// file, --help, the shell completion and the man page all read. Values travel as JSON and end in
// cxrnet::options_from_json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/options.h"

namespace cxrnet::app {

enum class ValueKind { flag, integer, number, text };

/// One field: --name on the command line, a key in the config file.
struct FieldRow {
  std::string name;
  std::string help;
  ValueKind kind = ValueKind::text;
  bool list = false;  ///< comma-separated on the command line, an array in the config file
  std::vector<std::string> choices = {};  ///< the names of an enumeration; empty: any text
  Range range = {};
  Aspect aspect = Aspect::result;
  nlohmann::json default_value = {};
  bool saved = true;  ///< whether a saved configuration has it
};

namespace detail {

template <class T>
struct ElementOf {
  using type = T;
};
template <class T>
struct ElementOf<std::vector<T>> {
  using type = T;
};

template <class T>
constexpr ValueKind value_kind() {
  using Element = typename ElementOf<T>::type;
  if constexpr (std::is_same_v<Element, bool>) return ValueKind::flag;
  if constexpr (std::is_same_v<Element, int64_t>) return ValueKind::integer;
  if constexpr (std::is_same_v<Element, double>) return ValueKind::number;
  return ValueKind::text;
}

}  // namespace detail

/// The rows of an aggregate in the order of its table; its present values are the defaults.
template <cxrnet::detail::Options OptionsType>
std::vector<FieldRow> field_rows(const OptionsType& options) {
  std::vector<FieldRow> rows;
  cxrnet::visit_fields(options, [&](const auto& value, const Field& field) {
    using T = std::remove_cvref_t<decltype(value)>;
    FieldRow row{.name = field.name,
                 .help = field.help,
                 .kind = detail::value_kind<T>(),
                 .range = field.range,
                 .aspect = field.aspect,
                 .saved = field.saved};
    row.list = !std::is_same_v<T, typename detail::ElementOf<T>::type>;
    if constexpr (std::is_enum_v<T>) {
      row.choices = enum_names<T>();
      row.default_value = std::string(to_string(value));
    } else {
      row.default_value = value;
    }
    rows.push_back(std::move(row));
  });
  return rows;
}

/// The value as a user would type it: "1", "0.5", "256,128", "resnet50".
std::string format_value(const nlohmann::json& value);

/// What stands for the value in a synopsis: "INTEGER", "NUMBER,...", "TEXT", or the choices "a|b".
std::string value_placeholder(const FieldRow& row);

/// Help with range and default: "learning rate (above 0; default 0.0001)".
std::string describe_field(const FieldRow& row);

/// The value that `text` stands for. Errors: invalid_option, naming the field, what was expected
/// and what came.
nlohmann::json parse_value(const FieldRow& row, std::string_view text);

/// Returns `value` if its type, range and choice suit the row. Errors: invalid_option, as
/// parse_value.
nlohmann::json check_value(const FieldRow& row, const nlohmann::json& value);

/// The row of that name, or null.
const FieldRow* find_row(const std::vector<FieldRow>& rows, std::string_view name);

}  // namespace cxrnet::app
