// Free text of a DICOM attribute as upper-case words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::imaging {

/// Runs of letters in upper case: `L-lat. view_2` gives L, LAT, VIEW.
std::vector<std::string> words_of(std::string_view text);

}  // namespace cxrnet::imaging
