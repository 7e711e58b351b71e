// One diagnosed case: its row in the table of cases and its section of the page.
#pragma once

#include <string_view>

#include "cxrnet/pipeline/diagnosis.h"
#include "cxrnet/report/report_context.h"
#include "page/html.h"

namespace cxrnet::report {

/// A `tr` for the table of cases, with a small picture and a link to the section; an empty `anchor`
/// leaves both out.
Html case_row(std::string_view anchor, std::string_view title,
              const pipeline::Diagnosis& diagnosis);

/// The case in full, with pictures.
Html case_section(std::string_view anchor, std::string_view title,
                  const pipeline::Diagnosis& diagnosis, const ReportContext& context);

}  // namespace cxrnet::report
