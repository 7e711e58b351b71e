// The confusion matrix (paper, Fig. 11) as a shaded table.
#pragma once

#include "cxrnet/metrics/confusion_matrix.h"
#include "page/html.h"

namespace cxrnet::report {

/// Rows are actual, columns predicted classes; a cell's shade is its share of the row.
Html confusion_table(const metrics::ConfusionMatrix& matrix);

}  // namespace cxrnet::report
