// Tables of what heat maps are worth: one row per method.
#pragma once

#include <string>
#include <vector>

#include "page/html.h"
#include "study/section.h"

namespace cxrnet::report {

/// The measures of methods, an array as `fig13.methods`, one table per class; all classes and
/// COVID-19 are open, the others folded. With the paper's AOPPC where `with_paper`.
Html methods_tables(const Json& methods, bool with_paper);

/// The figures of lesions, an array as `fig14.methods`.
Html lesion_table(const Json& methods);

}  // namespace cxrnet::report
