// What study.json holds, read with care (page/json.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/metrics/figure.h"
#include "page/html.h"
#include "page/json.h"

namespace cxrnet::report {

/// Errors: invalid_option unless `study` is an object with the schema "cxrnet.study/1".
void require_study(const Json& study);

/// Each element a number; NaN for what is none.
std::vector<double> numbers_of(const Json& object, std::string_view key);

/// {"value", "interval", "undefined"} or a plain number. Without a value `undefined` is never
/// empty.
metrics::Estimate estimate_of(const Json& object, std::string_view key);

/// "0.780 (0.750 – 0.807)", or the reason.
std::string estimate_text(const metrics::Estimate& estimate);

/// The estimate for a table's cell; a dash where the study has no such member.
Html estimate_cell(const Json& object, std::string_view key);

/// A count or another plain number for a table's cell, with that many decimals; a dash without.
Html plain_cell(const Json& object, std::string_view key, int decimals = 0);

}  // namespace cxrnet::report
