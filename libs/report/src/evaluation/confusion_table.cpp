#include "evaluation/confusion_table.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "page/class_names.h"
#include "page/number_text.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

// The style sheet turns --share into a shade of green on the diagonal, of red beside it.
Html count_cell(const metrics::ConfusionMatrix& matrix, std::size_t actual, std::size_t predicted) {
  const int64_t count = matrix.count(actual, predicted);
  const int64_t total = matrix.actual_total(actual);
  const double share = total == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(total);
  const std::string style = "--share:" + fixed(share, 3);
  const Html number = element("strong", {}, std::to_string(count));
  return element("td", {{"class", actual == predicted ? "hit" : "miss"}, {"style", style}}, number,
                 total == 0 ? Html() : element("small", {}, percent(share)));
}

Html actual_row(const metrics::ConfusionMatrix& matrix, std::size_t actual) {
  Html cells = row_header(class_short_name(matrix.labels()[actual]));
  for (std::size_t predicted = 0; predicted < matrix.labels().size(); ++predicted) {
    cells.append(count_cell(matrix, actual, predicted));
  }
  cells.append(number_cell(std::to_string(matrix.actual_total(actual))));
  return element("tr", {}, cells);
}

}  // namespace

Html confusion_table(const metrics::ConfusionMatrix& matrix) {
  Html header = header_cell({"Actual \\ answered"});
  Html totals = row_header("All");
  Html rows;
  for (std::size_t label = 0; label < matrix.labels().size(); ++label) {
    header.append(header_cell({short_name(matrix.labels()[label])}));
    totals.append(cell(std::to_string(matrix.predicted_total(label))));
    rows.append(actual_row(matrix, label));
  }
  header.append(header_cell({"All", true}));
  totals.append(number_cell(std::to_string(matrix.total())));
  rows.append(element("tr", {{"class", "total"}}, totals));
  return element("div", {{"class", "matrix"}},
                 table("Confusion matrix: images, and their share of the row",
                       element("tr", {}, header), rows));
}

}  // namespace cxrnet::report
