#include "page/number_text.h"

#include <array>
#include <charconv>

namespace cxrnet::report {

std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer;  // the longest double has 309 digits before the point
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::fixed, decimals);
  return error == std::errc() ? std::string(buffer.data(), end) : "?";
}

std::string percent(double share) {
  if (share > 0.0 && share < 0.001) return "< 0.1\u00A0%";
  if (share > 0.999 && share < 1.0) return "> 99.9\u00A0%";
  return fixed(100.0 * share, 1) + "\u00A0%";  // never broken across lines
}

std::string figure_text(double value) { return fixed(value, 3); }

std::string interval_text(const metrics::Interval& interval) {
  const char* const between =
      interval.low < 0.0 ? " to " : " – ";  // a dash beside a minus misleads
  return figure_text(interval.low) + between + figure_text(interval.high);
}

Html estimate_html(const metrics::Estimate& estimate) {
  if (!estimate.value) {
    return element("span", {{"class", "undefined"}}, "undefined: ", estimate.undefined);
  }
  const Html figure = element("strong", {}, figure_text(*estimate.value));
  if (!estimate.interval) return figure;
  return concat(figure,
                element("small", {{"class", "interval"}}, interval_text(*estimate.interval)));
}

}  // namespace cxrnet::report
