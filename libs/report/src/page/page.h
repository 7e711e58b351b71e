// The frame of every report: style, research-use notice, the facts of the run, the model's limits.
#pragma once

#include <string>
#include <string_view>

#include "cxrnet/report/report_context.h"
#include "page/html.h"

namespace cxrnet::report {

/// A whole page around `body`; `lead` is the sentence below the title. A content security policy
/// forbids scripts and everything from outside.
std::string page(std::string_view title, const Html& lead, const ReportContext& context,
                 const Html& body);

/// What a page with a header of its own consists of; `style` is added to the common style sheet.
struct PageParts {
  std::string_view title;
  Html lead;    ///< what stands first: a sentence, or a list of them
  Html header;  ///< below the research-use notice
  Html body;
  std::string_view style = {};
};
std::string page(const PageParts& parts);

/// A list of facts: `dt` and `dd`. An empty value leaves the fact out.
Html fact(std::string_view name, const Html& value);
Html fact(std::string_view name, std::string_view value);

/// "1 image", "2 images".
std::string count_of(std::size_t count, std::string_view singular, std::string_view plural);

}  // namespace cxrnet::report
