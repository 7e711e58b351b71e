#include "cxrnet/core/options.h"

#include <sstream>

namespace cxrnet {
namespace {

std::string format_number(double value) {
  std::ostringstream text;
  text.precision(12);
  text << value;
  return text.str();
}

}  // namespace

std::string describe(const Range& range) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::string text;
  if (range.above > -kInfinity) text = "above " + format_number(range.above);
  if (range.minimum > -kInfinity) text = "at least " + format_number(range.minimum);
  if (range.maximum < kInfinity)
    text += (text.empty() ? "at most " : " and at most ") + format_number(range.maximum);
  return text.empty() ? "any number" : text;
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

namespace {

std::string shown(const nlohmann::json& value) {
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  if (value.is_null()) return "nothing";
  return value.dump(-1, ' ', false, kReplace);
}

}  // namespace

std::vector<std::string> differences(const nlohmann::json& then, const nlohmann::json& now) {
  std::vector<std::string> found;
  auto names = then;
  names.update(now);
  for (const auto& [name, ignored] : names.items()) {
    const auto before = then.value(name, nlohmann::json());
    const auto after = now.value(name, nlohmann::json());
    if (before == after) continue;
    if (before.is_object() && after.is_object()) {
      for (auto& inner : differences(before, after)) found.push_back(std::move(inner));
    } else {
      found.push_back(name + " was " + shown(before) + ", is " + shown(after));
    }
  }
  return found;
}

namespace detail {

void throw_out_of_range(const Field& field, double value) {
  throw Error(ErrorCode::invalid_option, std::string(field.name) + ": expected a value " +
                                             describe(field.range) + ", got " +
                                             format_number(value) + "; change --" + field.name);
}

void throw_wrong_type(const Field& field, const nlohmann::json& value) {
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  throw Error(ErrorCode::invalid_option, std::string(field.name) + ": expected another type than " +
                                             value.type_name() + ", got " +
                                             value.dump(-1, ' ', false, kReplace) + "; see --help");
}

void require_object(const nlohmann::json& value) {
  if (value.is_object()) return;
  throw Error(ErrorCode::invalid_option, std::string("options: expected an object, got ") +
                                             value.type_name() + "; write key = value");
}

bool holds_integers(const nlohmann::json& value) {
  if (value.is_array()) return std::all_of(value.begin(), value.end(), holds_integers);
  if (value.is_number_unsigned()) return value.get<uint64_t>() <= INT64_MAX;
  return value.is_number_integer();
}

void throw_unknown_key(const std::string& key, const std::vector<std::string>& known) {
  throw Error(ErrorCode::invalid_option, "options: expected one of " + join(known) + ", got '" +
                                             key + "'; correct or remove it");
}

}  // namespace detail
}  // namespace cxrnet
