// Names for files that are not read, so that a refusal says what was found.
#pragma once

#include <string_view>

namespace cxrnet::imaging {

/// What the bytes seem to be, with its article, such as "a GIF picture"; "something else" where
/// nothing is recognised.
std::string_view foreign_kind(std::string_view bytes);

}  // namespace cxrnet::imaging
