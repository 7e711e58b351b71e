// Tables of Markdown.
#pragma once

#include <string>
#include <vector>

namespace cxrnet::report {

struct MarkdownTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< as many cells as the header
};

/// GitHub's table syntax, a blank line behind it; "|" and line ends inside cells are escaped.
std::string format_markdown(const MarkdownTable& table);

}  // namespace cxrnet::report
