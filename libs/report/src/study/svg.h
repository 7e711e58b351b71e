// An SVG file made fit to stand inside a page.
#pragma once

#include <string_view>

#include "page/html.h"

namespace cxrnet::report {

/// `svg` (what gnuplot writes) as markup inside a page: shapes, text and their attributes are kept
/// by a list of names, all else, such as scripts, styles, links and foreign content, is dropped
/// with what is inside it. Ids get `prefix`, so that several drawings can stand in one page;
/// `title` is what a screen reader says. Errors: corrupt_image when it is not well formed or holds
/// no drawing.
Html clean_svg(std::string_view svg, std::string_view prefix, std::string_view title);

}  // namespace cxrnet::report
