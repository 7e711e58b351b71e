#include "page/class_names.h"

#include <array>
#include <string>

namespace cxrnet::report {
namespace {

struct Names {
  std::string_view label, full, brief;
};

Names names_of(std::string_view label) {
  constexpr std::array<Names, 4> kNames{{{"healthy", "Healthy", "Healthy"},
                                         {"bacterial", "Bacterial pneumonia", "Bacterial"},
                                         {"viral", "Viral pneumonia, not COVID-19", "Viral"},
                                         {"covid19", "COVID-19", "COVID-19"}}};
  for (const auto& names : kNames) {
    if (names.label == label) return names;
  }
  return {label, label, label};
}

Html dotted(std::string_view label, std::string_view name) {
  const std::string dot = "dot " + std::string(label);
  return element("span", {{"class", "class"}},
                 element("span", {{"class", dot}, {"aria-hidden", "true"}}), name);
}

}  // namespace

std::string_view display_name(std::string_view label) { return names_of(label).full; }

std::string_view short_name(std::string_view label) { return names_of(label).brief; }

Html class_name(std::string_view label) { return dotted(label, display_name(label)); }

Html class_short_name(std::string_view label) { return dotted(label, short_name(label)); }

}  // namespace cxrnet::report
