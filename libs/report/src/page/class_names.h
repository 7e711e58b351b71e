// The four classes as a reader knows them.
#pragma once

#include <string>
#include <string_view>

#include "page/html.h"

namespace cxrnet::report {

/// "covid19" as "COVID-19"; a label that is not one of nn::kLabels stays as it is.
std::string_view display_name(std::string_view label);

/// The same without the noun, for narrow columns: "Viral".
std::string_view short_name(std::string_view label);

/// The name behind a dot in the class's colour.
Html class_name(std::string_view label);
Html class_short_name(std::string_view label);

}  // namespace cxrnet::report
