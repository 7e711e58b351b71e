// Reading study.json with care: a member that is absent or of another type is never an exception,
// and never a number.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/metrics/figure.h"
#include "page/html.h"

namespace cxrnet::report {

using Json = nlohmann::json;

/// Errors: invalid_option unless `study` is an object with the schema "cxrnet.study/1".
void require_study(const Json& study);

/// The member, or null.
const Json& member(const Json& object, std::string_view key);

/// The member if it is an array, or an empty one.
const Json& items(const Json& object, std::string_view key);

/// A text as it is, a number in its shortest form; "" for anything else.
std::string text_of(const Json& value);
std::string text_of(const Json& object, std::string_view key);

/// A finite number or nothing.
std::optional<double> number_of(const Json& object, std::string_view key);

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

/// The shortest text that reads back as the same number.
std::string shortest(double value);

}  // namespace cxrnet::report
