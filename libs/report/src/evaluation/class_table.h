// The paper's Table I: precision, recall and F1 of each class, and the accuracy of all.
#pragma once

#include "cxrnet/metrics/classification.h"
#include "cxrnet/nn/preprocessing.h"
#include "page/html.h"

namespace cxrnet::report {

/// Why the paper's figures cannot stand beside these; empty when they can: then the data hold every
/// class of the paper.
std::string no_comparison_reason(const metrics::ClassificationReport& report);

/// The table, with the paper's column for `arm` beside each of ours where that makes sense, and the
/// sentences needed to read it.
Html class_table(const metrics::ClassificationReport& report, nn::Arm arm);

}  // namespace cxrnet::report
