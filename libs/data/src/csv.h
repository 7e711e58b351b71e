// RFC 4180: comma-separated values, strictly read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::data {

struct CsvRow {
  std::size_t line;  ///< 1-based, where the row starts
  std::vector<std::string> fields;
};

/// Throws Error{invalid_manifest} "manifest line L, column C (name): expected ..., got ...; ...";
/// `name` may be empty.
[[noreturn]] void throw_invalid_manifest(std::size_t line, std::size_t column,
                                         const std::string& name,
                                         const std::string& expected_got_remedy);

/// The rows of a text, blank lines left out. Errors: invalid_manifest for bytes that are no UTF-8
/// text (UTF-16 is named) or control characters, too many rows or fields, an unterminated quote, a
/// quote inside an unquoted field, text after a closing quote, a lone carriage return.
std::vector<CsvRow> parse_csv(std::string_view text);

/// The row with quotes where needed, and a line end.
std::string format_csv_row(const std::vector<std::string>& fields);

}  // namespace cxrnet::data
