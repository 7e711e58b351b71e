#include "study/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "cxrnet/core/error.h"
#include "page/number_text.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

constexpr std::string_view kSchema = "cxrnet.study/1";

Html dash() { return element("span", {{"class", "none"}, {"title", "not measured"}}, "–"); }

std::optional<double> finite(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  const auto number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<metrics::Interval> interval_of(const Json& estimate) {
  const auto& ends = items(estimate, "interval");
  if (ends.size() != 2) return std::nullopt;
  const auto low = finite(ends[0]);
  const auto high = finite(ends[1]);
  if (!low || !high) return std::nullopt;
  return metrics::Interval{.low = *low, .high = *high};
}

}  // namespace

void require_study(const Json& study) {
  const std::string schema = text_of(study, "schema");
  if (schema == kSchema) return;
  throw Error(ErrorCode::invalid_option, "study: expected an object with the schema '" +
                                             std::string(kSchema) + "', got '" + schema +
                                             "'; hand in what `cxrnet reproduce` wrote");
}

const Json& member(const Json& object, std::string_view key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(std::string(key));
  return found == object.end() ? kNull : *found;
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
  const auto number = finite(value);
  return number ? shortest(*number) : "";
}

std::string text_of(const Json& object, std::string_view key) {
  return text_of(member(object, key));
}

std::optional<double> number_of(const Json& object, std::string_view key) {
  return finite(member(object, key));
}

std::vector<double> numbers_of(const Json& object, std::string_view key) {
  std::vector<double> numbers;
  for (const auto& value : items(object, key)) {
    numbers.push_back(finite(value).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return numbers;
}

metrics::Estimate estimate_of(const Json& object, std::string_view key) {
  const auto& stored = member(object, key);
  metrics::Estimate estimate;
  estimate.value = stored.is_object() ? number_of(stored, "value") : finite(stored);
  if (estimate.value) {
    estimate.interval = interval_of(stored);
    return estimate;
  }
  estimate.undefined = stored.is_null() ? "not measured" : text_of(stored, "undefined");
  if (estimate.undefined.empty()) estimate.undefined = "the study gives no reason";
  return estimate;
}

std::string estimate_text(const metrics::Estimate& estimate) {
  if (!estimate.value) return "undefined: " + estimate.undefined;
  const std::string figure = figure_text(*estimate.value);
  return estimate.interval ? figure + " (" + interval_text(*estimate.interval) + ")" : figure;
}

Html estimate_cell(const Json& object, std::string_view key) {
  if (member(object, key).is_null()) return number_cell(dash());
  return number_cell(estimate_html(estimate_of(object, key)));
}

Html plain_cell(const Json& object, std::string_view key, int decimals) {
  const auto number = number_of(object, key);
  return number_cell(number ? concat(fixed(*number, decimals)) : dash());
}

std::string shortest(double value) {
  std::array<char, 32> buffer;  // the longest has 24 characters
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc() ? std::string(buffer.data(), end) : "?";
}

}  // namespace cxrnet::report
