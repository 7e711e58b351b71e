// The pictures and diagrams of a study, read from its folder into the page.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "page/html.h"

namespace cxrnet::report {

/// The PNG file of that name below `folder` as `<img>`; in its place a remark when the name leads
/// out of the folder, or the file is missing, is no PNG or larger than kLargestPicture.
Html study_picture(const std::filesystem::path& folder, const std::string& name,
                   std::string_view alternative_text);
inline constexpr std::size_t kLargestPicture = std::size_t{8} << 20;  ///< bytes

/// figures/NAME.svg below `folder` as a figure with its caption; a remark in place of the drawing
/// when it is missing or cannot be read. `title` is what a screen reader says.
Html study_figure(const std::filesystem::path& folder, std::string_view name,
                  std::string_view title, const Html& caption);

}  // namespace cxrnet::report
