#include "framework/config.h"

#include <toml++/toml.h>

#include <sstream>

#include "framework/version.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

std::string place(const toml::source_region& region) {
  return "config, line " + std::to_string(region.begin.line) + ", column " +
         std::to_string(region.begin.column);
}

// The value as JSON; dates, times and tables become text that no row accepts.
json to_json(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* array = node.as_array()) {
    json elements = json::array();
    for (const auto& element : *array) elements.push_back(to_json(element));
    return elements;
  }
  std::ostringstream kind;
  kind << "a TOML " << node.type();
  return json::object({{"unsuitable", kind.str()}});
}

json read_value(const FieldRow& row, const toml::node& node) {
  try {
    return check_value(row, to_json(node));
  } catch (const Error& error) {
    throw Error(error.code(), place(node.source()) + ": " + error.what());
  }
}

[[noreturn]] void throw_unknown_key(const toml::key& key, const std::vector<std::string>& known) {
  throw Error(ErrorCode::invalid_option, place(key.source()) + ": expected one of " + join(known) +
                                             ", got '" + std::string(key.str()) +
                                             "'; correct or remove it");
}

void read_key(const toml::key& key, const toml::node& node, const std::vector<FieldRow>& rows,
              json& values) {
  const FieldRow* row = find_row(rows, key.str());
  if (row == nullptr || row->name == "config") {
    std::vector<std::string> known;
    for (const auto& candidate : rows) {
      if (candidate.name != "config") known.push_back(candidate.name);
    }
    throw_unknown_key(key, known);
  }
  values[row->name] = read_value(*row, node);
}

json read_table(const toml::table& table, const std::vector<FieldRow>& rows) {
  json values = json::object();
  for (const auto& [key, node] : table) read_key(key, node, rows, values);
  return values;
}

toml::table parse_toml(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::invalid_option, place(error.source()) + ": expected valid TOML, got '" +
                                               std::string(error.description()) +
                                               "'; correct that line");
  }
}

std::string format_toml(const json& value) {
  if (value.is_array()) {
    std::vector<std::string> elements;
    for (const auto& element : value) elements.push_back(format_toml(element));
    return "[" + join(elements) + "]";
  }
  std::ostringstream text;
  if (value.is_boolean()) {
    text << toml::value<bool>(value.get<bool>());
  } else if (value.is_number_integer()) {
    text << toml::value<int64_t>(value.get<int64_t>());
  } else if (value.is_number()) {
    text << toml::value<double>(value.get<double>());
  } else {
    text << toml::value<std::string>(value.get<std::string>());
  }
  return text.str();
}

bool is_utf8(const json& value) {
  try {
    [[maybe_unused]] const auto text = value.dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

json parse_config(std::string_view text, const std::string& verb, const RowsByVerb& verbs) {
  const toml::table file = parse_toml(text);
  json values = json::object();
  json values_of_verb = json::object();
  for (const auto& [key, node] : file) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      read_key(key, node, verbs.at(verb), values);
      continue;
    }
    const auto found = verbs.find(std::string(key.str()));
    if (found == verbs.end()) {
      std::vector<std::string> names;
      for (const auto& [name, rows] : verbs) names.push_back("[" + name + "]");
      throw_unknown_key(key, names);
    }
    json read = read_table(*table, found->second);
    if (found->first == verb) values_of_verb = std::move(read);
  }
  values.update(values_of_verb);
  return values;
}

std::string format_config(const std::string& verb, const std::vector<FieldRow>& rows,
                          const json& values) {
  std::string text = "# Resolved configuration of `cxrnet " + verb + "`, cxrnet " + kVersion +
                     ".\n\n[" + verb + "]\n";
  for (const auto& row : rows) {
    if (!row.saved || !values.contains(row.name)) continue;
    text += "# " + row.help + "\n";
    const auto& value = values.at(row.name);
    if (is_utf8(value)) {
      text += row.name + " = " + format_toml(value) + "\n";
    } else {  // which TOML has to be: the command line alone can give it
      text += "# " + row.name + " is not UTF-8; give it on the command line\n";
    }
  }
  return text;
}

}  // namespace cxrnet::app
