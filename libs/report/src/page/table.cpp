#include "page/table.h"

namespace cxrnet::report {

Html header_cell(const Column& column) {
  return element("th", {{"scope", "col"}, {"class", column.numeric ? "number" : "text"}},
                 column.title);
}

Html table(std::string_view caption, std::initializer_list<Column> columns, const Html& rows) {
  Html cells;
  for (const auto& column : columns) cells.append(header_cell(column));
  return table(caption, element("tr", {}, cells), rows);
}

Html table(std::string_view caption, const Html& header_rows, const Html& rows) {
  return element("div", {{"class", "scroll"}},
                 element("table", {}, element("caption", {}, caption),
                         element("thead", {}, header_rows), element("tbody", {}, rows)));
}

}  // namespace cxrnet::report
