// What a study's page adds to the style sheet of the reports.
#pragma once

namespace cxrnet::report {

extern const char* const kStudyStyle;

}  // namespace cxrnet::report
