// Tables with header cells that screen readers announce.
#pragma once

#include <initializer_list>
#include <string_view>

#include "page/html.h"

namespace cxrnet::report {

/// A column's title; `numeric` columns are set flush right.
struct Column {
  std::string_view title;
  bool numeric = false;
};

/// A column's header cell.
Html header_cell(const Column& column);

/// A row's header cell.
template <class... Children>
Html row_header(const Children&... children) {
  return element("th", {{"scope", "row"}}, children...);
}

template <class... Children>
Html cell(const Children&... children) {
  return element("td", {}, children...);
}

template <class... Children>
Html number_cell(const Children&... children) {
  return element("td", {{"class", "number"}}, children...);
}

/// `rows`: `tr` elements. `caption` is read aloud before the table and shown above it.
Html table(std::string_view caption, std::initializer_list<Column> columns, const Html& rows);

/// The same with header rows of the caller's own.
Html table(std::string_view caption, const Html& header_rows, const Html& rows);

}  // namespace cxrnet::report
