// The style sheet of the reports.
#pragma once

namespace cxrnet::report {

extern const char* const kStyleSheet;

}  // namespace cxrnet::report
