#include "card/figure_at.h"

#include "page/json.h"
#include "page/number_text.h"

namespace cxrnet::report {

using nlohmann::json;

std::string bounds_text(const json& interval) {
  if (!interval.is_array() || interval.size() != 2) return "";
  const auto low = number_of(interval[0]);
  const auto high = number_of(interval[1]);
  if (!low || !high) return "";
  return " (" + figure_text(*low) + (*low < 0.0 ? " to " : "–") + figure_text(*high) + ")";
}

std::string figure_at(const json& result, const std::string& path) {
  if (const auto figure = number_of(member_at(result, path)))
    return figure_text(*figure) + bounds_text(member_at(result, "intervals." + path));
  const auto reason = text_of(member_at(result, "undefined." + path));
  if (!reason.empty()) return "undefined: " + reason;
  const auto end = path.rfind('.');
  const auto& parent = end == std::string::npos ? result : member_at(result, path.substr(0, end));
  const auto name = end == std::string::npos ? path : path.substr(end + 1);
  return parent.is_object() && parent.contains(name) ? "undefined" : kNoFigure;
}

std::string count_text(const json& value) {
  return value.is_number_integer() ? std::to_string(value.get<int64_t>()) : kNoFigure;
}

}  // namespace cxrnet::report
