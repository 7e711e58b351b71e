// The file of --config (TOML) and the copy of the resolved configuration that is saved beside
// results.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "framework/field_rows.h"

namespace cxrnet::app {

/// The options of every verb.
using RowsByVerb = std::map<std::string, std::vector<FieldRow>>;

/// The values that the file sets for `verb`: keys at its top level hold for whatever verb runs,
/// keys in a table [verb] for that verb alone and win over the former. Tables of other verbs are
/// checked, too. Errors: invalid_option with line and column for bad TOML, an unknown key or verb,
/// an unsuitable value.
nlohmann::json parse_config(std::string_view text, const std::string& verb,
                            const RowsByVerb& verbs);

/// A file that parse_config turns back into these values, each under its help as a comment. Rows
/// that are not saved are left out: where a result went, and how a run began, is no part of how it
/// came about.
std::string format_config(const std::string& verb, const std::vector<FieldRow>& rows,
                          const nlohmann::json& values);

}  // namespace cxrnet::app
