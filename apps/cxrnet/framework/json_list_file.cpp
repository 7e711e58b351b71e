#include "framework/json_list_file.h"

#include "framework/console.h"

namespace cxrnet::app {
namespace {

constexpr std::string_view kIndent = "\n    ";  // of an element; text in JSON has no line ends

}  // namespace

JsonListFile::JsonListFile(OutputFolder& folder, const std::string& file, const std::string& list)
    : file_(folder, file) {
  file_.append("{\n  " + nlohmann::json(list).dump() + ": [");
}

std::string JsonListFile::element_text(const nlohmann::json& element) {
  const auto text = json_text(element);
  std::string indented(kIndent);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {  // without the line end behind the document
    if (text[i] == '\n') {
      indented += kIndent;
    } else {
      indented += text[i];
    }
  }
  return indented;
}

void JsonListFile::add(const std::string& element_text) {
  file_.append(empty_ ? element_text : "," + element_text);
  empty_ = false;
}

void JsonListFile::finish(const nlohmann::json& others) {
  file_.append((empty_ ? "]," : "\n  ],") + json_text(others).substr(1));
  file_.commit();
}

}  // namespace cxrnet::app
