// Field tables on a CLI11 command line: names, help, defaults and choices come from the rows,
// values leave as JSON.
#pragma once

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "framework/field_rows.h"

namespace cxrnet::app {

/// Adds one option per row: `--name VALUE`, or `--name/--no-name` for a flag.
void bind_rows(CLI::App& app, const std::vector<FieldRow>& rows);

/// After parsing: the values of the options that stood on the command line, by row name.
/// Errors: invalid_option, as parse_value; invalid_option for an option given twice.
nlohmann::json given_values(const CLI::App& app, const std::vector<FieldRow>& rows);

/// Both at once, for an aggregate: binds its fields, and after parsing sets those that were given.
template <cxrnet::detail::Options OptionsType>
void bind_options(CLI::App& app, const OptionsType& options) {
  bind_rows(app, field_rows(options));
}
template <cxrnet::detail::Options OptionsType>
void set_given_options(const CLI::App& app, OptionsType& options) {
  options_from_json(given_values(app, field_rows(options)), options);
}

}  // namespace cxrnet::app
