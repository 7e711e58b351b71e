#include "markup_check.h"

#include <regex>
#include <set>

namespace cxrnet::report {
namespace {

bool is_void(const std::string& name) {
  static const std::set<std::string> kVoid{"img", "meta", "br", "hr"};
  return kVoid.count(name) != 0;
}

// Opens and closes the elements in order; `open` holds those that are open.
std::string nest(const std::string& tag, std::vector<std::string>& open, std::vector<Tag>& tags) {
  static const std::regex kOpening(
      R"re(<([a-z][a-z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*="[^"<>]*")*)>)re");
  static const std::regex kClosing(R"re(</([a-z][a-z0-9]*)>)re");
  std::smatch match;
  if (std::regex_match(tag, match, kClosing)) {
    if (open.empty() || open.back() != match[1]) return "unexpected " + tag;
    open.pop_back();
    return {};
  }
  // std::regex recurses per character: the long source of an inline picture is cut out first.
  const std::string shortened =
      tag.size() < 4000 ? tag : tag.substr(0, 20) + tag.substr(tag.find('"', 20));
  if (!std::regex_match(shortened, match, kOpening)) return "malformed " + shortened.substr(0, 80);
  tags.push_back({match[1], tag});
  if (!is_void(match[1])) open.push_back(match[1]);
  return {};
}

std::string check_text(const std::string& text) {
  static const std::regex kReference("^(amp|lt|gt|quot|#39);");
  if (text.find('>') != std::string::npos) return "bare > in: " + text.substr(0, 80);
  for (auto at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
    if (!std::regex_search(text.substr(at + 1, 8), kReference))
      return "bare & in: " + text.substr(0, 80);
  }
  return {};
}

}  // namespace

Markup read_markup(std::string_view html) {
  Markup markup;
  constexpr std::string_view kDoctype = "<!doctype html>\n";
  if (html.substr(0, kDoctype.size()) != kDoctype)
    return {.tags = {}, .text = {}, .error = "no doctype"};
  std::vector<std::string> open;
  std::size_t at = kDoctype.size();
  while (at < html.size() && markup.error.empty()) {
    const bool in_style = !open.empty() && open.back() == "style";
    const std::size_t tag = std::min(html.find(in_style ? "</style>" : "<", at), html.size());
    const std::string text(html.substr(at, tag - at));
    if (!in_style) {
      markup.error = check_text(text);
      markup.text += text;
    }
    at = std::min(html.find('>', tag), html.size() - 1) + 1;
    if (tag < html.size() && markup.error.empty()) {
      markup.error = nest(std::string(html.substr(tag, at - tag)), open, markup.tags);
    } else if (tag >= html.size()) {
      break;
    }
  }
  if (markup.error.empty() && !open.empty()) markup.error = "not closed: " + open.back();
  return markup;
}

int occurrences(std::string_view text, std::string_view part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace cxrnet::report
