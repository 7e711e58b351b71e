// Numbers as a reader sees them; the decimal point is always a point.
#pragma once

#include <string>

#include "cxrnet/metrics/figure.h"
#include "page/html.h"

namespace cxrnet::report {

/// With that many decimals.
std::string fixed(double value, int decimals);

/// 0.9342 as "93.4 %". Rounding never turns "nearly" into "never" or "always": below 0.1 % and
/// above 99.9 % (but 0 and 1) it says "< 0.1 %" and "> 99.9 %".
std::string percent(double share);

/// "0.912", with three decimals.
std::string figure_text(double value);

/// "0.890 – 0.931"; "-0.012 to 0.031" where the lower end is negative.
std::string interval_text(const metrics::Interval& interval);

/// A figure with its interval below it in small print, or "undefined" with its reason.
Html estimate_html(const metrics::Estimate& estimate);

}  // namespace cxrnet::report
