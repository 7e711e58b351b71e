// The names in a list file, however it was written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::app {

struct ListedName {
  std::size_t number = 0;  ///< of the line, from 1 on; of the name in a list without lines
  /// As it stands, then without what editors and other systems leave around it: the first that
  /// exists is meant.
  std::vector<std::string> readings;
  bool has_nul = false;     ///< a NUL byte among them: no name
  bool is_comment = false;  ///< begins with #: a name only if there is such a file
};

/// One name a line (ends: LF, CR LF or CR; a UTF-8 byte order mark is no part of it), or one
/// between NUL bytes as `find -print0` writes them. Empty lines are left out. Errors:
/// unsupported_format for UTF-16 and UTF-32, with or without a mark.
std::vector<ListedName> parse_list(std::string_view text);

}  // namespace cxrnet::app
