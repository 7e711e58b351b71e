// A figure with its interval as one cell of a printed table.
#pragma once

#include <string>

#include "cxrnet/metrics/figure.h"
#include "framework/console.h"

namespace cxrnet::app {

/// "0.912 (0.890-0.931)", or "undefined: reason".
inline std::string estimate_text(const metrics::Estimate& estimate) {
  if (!estimate.value) return "undefined: " + estimate.undefined;
  std::string text = format_fixed(*estimate.value, 3);
  if (estimate.interval) {
    text += " (" + format_fixed(estimate.interval->low, 3) + "-" +
            format_fixed(estimate.interval->high, 3) + ")";
  }
  return text;
}

}  // namespace cxrnet::app
