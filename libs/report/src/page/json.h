// Reading JSON with care: a member that is absent, null or of another type is never an exception,
// and never a number.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cxrnet::report {

using Json = nlohmann::json;

/// The member, or null.
const Json& member(const Json& object, std::string_view key);

/// The member at a dotted path, or null.
const Json& member_at(const Json& object, std::string_view path);

/// The member if it is an array, or an empty one.
const Json& items(const Json& object, std::string_view key);

/// A text as it is, a number in its shortest form; "" for anything else.
std::string text_of(const Json& value);
std::string text_of(const Json& object, std::string_view key);

/// The text at a dotted path, or `otherwise` where there is none.
std::string text_or(const Json& object, std::string_view path, const char* otherwise);

/// A finite number or nothing.
std::optional<double> number_of(const Json& value);
std::optional<double> number_of(const Json& object, std::string_view key);

/// The shortest text that reads back as the same number.
std::string shortest(double value);

}  // namespace cxrnet::report
