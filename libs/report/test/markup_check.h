// A strict reader of the reports' HTML: what it accepts, a browser reads without repair.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::report {

/// One opening tag as written, such as `<img alt="x">`.
struct Tag {
  std::string name;
  std::string text;
};

struct Markup {
  std::vector<Tag> tags;
  std::string text;   ///< what lies outside of tags and of `style`, references not resolved
  std::string error;  ///< the first thing that is not well formed; empty when all is
};

/// Tags must nest and close; attribute values must be quoted; a bare < or & is an error.
Markup read_markup(std::string_view html);

/// How often `part` occurs in `text`.
int occurrences(std::string_view text, std::string_view part);

}  // namespace cxrnet::report
