// Do probabilities mean what they say? The reliability diagram (Guo et al. 2017) as inline SVG.
#pragma once

#include <vector>

#include "cxrnet/metrics/calibration.h"
#include "page/html.h"

namespace cxrnet::report {

/// Bars: share of right answers at each confidence, against the diagonal of perfect calibration;
/// below them the number of images. The numbers follow as a table that unfolds.
Html reliability_diagram(const std::vector<metrics::CalibrationBin>& bins);

}  // namespace cxrnet::report
