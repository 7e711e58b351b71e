#include "study/json.h"

#include <limits>

#include "cxrnet/core/error.h"
#include "page/number_text.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

constexpr std::string_view kSchema = "cxrnet.study/1";

Html dash() { return element("span", {{"class", "none"}, {"title", "not measured"}}, "–"); }

std::optional<metrics::Interval> interval_of(const Json& estimate) {
  const auto& ends = items(estimate, "interval");
  if (ends.size() != 2) return std::nullopt;
  const auto low = number_of(ends[0]);
  const auto high = number_of(ends[1]);
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

std::vector<double> numbers_of(const Json& object, std::string_view key) {
  std::vector<double> numbers;
  for (const auto& value : items(object, key)) {
    numbers.push_back(number_of(value).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return numbers;
}

metrics::Estimate estimate_of(const Json& object, std::string_view key) {
  const auto& stored = member(object, key);
  metrics::Estimate estimate;
  estimate.value = stored.is_object() ? number_of(stored, "value") : number_of(stored);
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

}  // namespace cxrnet::report
