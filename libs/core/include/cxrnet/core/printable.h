// Text from outside (file names, cells, tags) as it may be shown.
#pragma once

#include <string>
#include <string_view>

namespace cxrnet {

/// One line of UTF-8 that a terminal shows and does not obey: control characters (C0, DEL, C1),
/// line and paragraph separators, and characters that turn the direction of writing stand as
/// \n, \t, \x1b or \u202e; bytes that are no UTF-8 as \xff.
std::string printable(std::string_view text);

/// The same text with U+FFFD in the place of each such character and byte: for names of files.
std::string plain_name(std::string_view text);

/// A JSON text whose strings hold none of them unescaped; it stays the same document.
std::string printable_json(std::string_view json);

}  // namespace cxrnet
