// Words of a manifest: what may stand around them, and how they are shown.
#pragma once

#include <string>
#include <string_view>

namespace cxrnet::data {

/// Without what looks like nothing at both ends: blanks of ASCII, no-break, ideographic and
/// zero-width spaces, a byte-order mark.
std::string_view trimmed(std::string_view text);

/// ASCII letters in lower case.
std::string lower_case(std::string_view text);

/// The byte of `text` at which UTF-8 text without control characters ends (text.size(): nowhere).
/// Tabs and line ends count as text, DEL, C1 controls and marks that turn the direction of writing
/// do not: a terminal obeys them.
std::size_t find_no_text(std::string_view text);

/// For a message: printable (core), cut after a few words.
std::string shown(std::string_view text);

/// The same in quotes.
std::string in_quotes(std::string_view text);

}  // namespace cxrnet::data
