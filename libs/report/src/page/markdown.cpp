#include "page/markdown.h"

namespace cxrnet::report {
namespace {

std::string escaped(const std::string& cell) {
  std::string text;
  for (const char character : cell) {
    if (character == '|') text += '\\';
    text += character == '\n' ? ' ' : character;
  }
  return text;
}

std::string format_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + escaped(cell) + " |";
  return line + "\n";
}

}  // namespace

std::string format_markdown(const MarkdownTable& table) {
  std::string text = format_row(table.header) + "|";
  for (std::size_t i = 0; i < table.header.size(); ++i) text += "---|";
  text += "\n";
  for (const auto& row : table.rows) text += format_row(row);
  return text + "\n";
}

}  // namespace cxrnet::report
