#include "study/svg.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet::report {
namespace {

constexpr std::array<std::string_view, 11> kElements{
    "g", "defs", "path", "rect", "circle", "line", "text", "polyline", "polygon", "use", "tspan"};
constexpr std::array<std::string_view, 33> kAttributes{"transform",
                                                       "d",
                                                       "x",
                                                       "y",
                                                       "x1",
                                                       "y1",
                                                       "x2",
                                                       "y2",
                                                       "cx",
                                                       "cy",
                                                       "r",
                                                       "rx",
                                                       "ry",
                                                       "dx",
                                                       "dy",
                                                       "width",
                                                       "height",
                                                       "points",
                                                       "fill",
                                                       "stroke",
                                                       "stroke-width",
                                                       "color",
                                                       "stroke-dasharray",
                                                       "stroke-linejoin",
                                                       "stroke-linecap",
                                                       "fill-opacity",
                                                       "stroke-opacity",
                                                       "opacity",
                                                       "font-size",
                                                       "font-weight",
                                                       "font-style",
                                                       "text-anchor",
                                                       "shape-rendering"};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

[[noreturn]] void throw_malformed(const std::string& found) {
  throw Error(ErrorCode::corrupt_image, "figure: expected a well-formed SVG drawing, got " + found +
                                            "; draw the figures again");
}

bool is_space(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

struct Attribute {
  std::string_view name;
  std::string value;  // references resolved
};

struct Element {
  std::string_view name;
  std::vector<Attribute> attributes;
  bool closes_itself = false;
};

// Text between markup: &lt; and its kin become letters again, and are escaped anew on the way out.
std::string resolved(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 6> kReferences{{{"&lt;", '<'},
                                                                          {"&gt;", '>'},
                                                                          {"&amp;", '&'},
                                                                          {"&quot;", '"'},
                                                                          {"&apos;", '\''},
                                                                          {"&#39;", '\''}}};
  std::string letters;
  for (std::size_t i = 0; i < text.size();) {
    const auto found = std::find_if(
        kReferences.begin(), kReferences.end(),
        [&](const auto& reference) { return text.substr(i).starts_with(reference.first); });
    letters += found == kReferences.end() ? text[i] : found->second;
    i += found == kReferences.end() ? 1 : found->first.size();
  }
  return letters;
}

// Reads what stands between < and >; a cursor over `code`.
class TagReader {
 public:
  explicit TagReader(std::string_view code) : code_(code) {}

  Element read() {
    Element element{.name = name(), .attributes = {}};
    for (skip_space(); at_ < code_.size(); skip_space()) {
      if (code_.substr(at_) == "/") {
        element.closes_itself = true;
        break;
      }
      element.attributes.push_back(attribute());
    }
    if (element.name.empty()) throw_malformed("a tag without a name");
    return element;
  }

 private:
  void skip_space() {
    while (at_ < code_.size() && is_space(code_[at_])) ++at_;
  }
  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < code_.size() && !is_space(code_[at_]) && code_[at_] != '=' && code_[at_] != '/')
      ++at_;
    return code_.substr(begin, at_ - begin);
  }
  Attribute attribute() {
    const auto key = name();
    skip_space();
    if (key.empty() || at_ >= code_.size() || code_[at_] != '=')
      throw_malformed("an attribute without a value");
    ++at_;
    skip_space();
    const char quote = at_ < code_.size() ? code_[at_] : ' ';
    const auto end =
        quote == '"' || quote == '\'' ? code_.find(quote, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) throw_malformed("an attribute without quotes");
    const auto value = code_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return {key, resolved(value)};
  }

  std::string_view code_;
  std::size_t at_ = 0;
};

void put_attribute(std::string& code, std::string_view name, std::string_view value) {
  code += " " + std::string(name) + "=\"" + escape(value) + "\"";
}

class Cleaner {
 public:
  Cleaner(std::string_view svg, std::string_view prefix, std::string_view title)
      : svg_(svg), prefix_(std::string(prefix) + "-"), title_(title) {}

  Html clean() {
    for (std::size_t at = 0; at < svg_.size();) at = step(at);
    if (!open_.empty()) throw_malformed("an element that is not closed");
    if (code_.empty()) throw_malformed("no drawing");
    return Html::trusted(std::move(code_));
  }

 private:
  // Takes one piece of markup or text; returns where the next begins.
  std::size_t step(std::size_t at) {
    if (svg_[at] != '<') {
      const std::size_t end = std::min(svg_.find('<', at), svg_.size());
      put_text(svg_.substr(at, end - at));
      return end;
    }
    const auto rest = svg_.substr(at);
    if (rest.starts_with("<!--")) return after("-->", at);
    if (rest.starts_with("<?")) return after("?>", at);
    if (rest.starts_with("<!")) return after(">", at);
    const std::size_t end = tag_end(at);
    const auto inside = svg_.substr(at + 1, end - at - 1);
    inside.starts_with("/") ? close(inside.substr(1)) : open(TagReader(inside).read());
    return end + 1;
  }

  std::size_t after(std::string_view mark, std::size_t at) const {
    const auto found = svg_.find(mark, at);
    if (found == std::string_view::npos) throw_malformed("a comment or heading without an end");
    return found + mark.size();
  }

  // The > that ends a tag; one inside an attribute's quotes does not.
  std::size_t tag_end(std::size_t at) const {
    char quote = 0;
    for (; at < svg_.size(); ++at) {
      const char letter = svg_[at];
      if (quote != 0) {
        if (letter == quote) quote = 0;
      } else if (letter == '"' || letter == '\'') {
        quote = letter;
      } else if (letter == '>') {
        return at;
      }
    }
    throw_malformed("a tag without an end");
  }

  void open(const Element& element) {
    const bool root = open_.empty() && element.name == "svg" && code_.empty();
    const bool kept = root || (!open_.empty() && dropped_ == 0 && holds(kElements, element.name));
    if (kept) {
      code_ += "<" + std::string(element.name);
      if (root)
        put_root(element);
      else
        put_attributes(element);
      code_ += ">";
      if (element.closes_itself) code_ += "</" + std::string(element.name) + ">";
    }
    if (element.closes_itself) return;
    open_.emplace_back(element.name);
    if (!kept) ++dropped_;
  }

  void close(std::string_view name) {
    while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
    if (open_.empty() || open_.back() != name)
      throw_malformed("a closing tag without its opening one");
    open_.pop_back();
    if (dropped_ > 0)
      --dropped_;
    else
      code_ += "</" + std::string(name) + ">";
  }

  void put_text(std::string_view text) {
    if (dropped_ > 0 || open_.empty()) return;
    const bool shown = open_.back() == "text" || open_.back() == "tspan";
    if (shown) code_ += escape(resolved(text));
  }

  void put_root(const Element& element) {
    for (const auto& [name, value] : element.attributes) {
      if (name == "viewBox") put_attribute(code_, name, value);
    }
    put_attribute(code_, "role", "img");
    put_attribute(code_, "aria-label", title_);
  }

  void put_attributes(const Element& element) {
    for (const auto& [name, value] : element.attributes) {
      if (name == "id") {
        put_attribute(code_, "id", prefix_ + value);
      } else if (name == "href" || name == "xlink:href") {
        if (value.starts_with("#")) put_attribute(code_, "href", "#" + prefix_ + value.substr(1));
      } else if (holds(kAttributes, name) && value.find("url(") == std::string::npos) {
        put_attribute(code_, name, value);
      }
    }
  }

  std::string_view svg_;
  std::string prefix_, title_;
  std::string code_;
  std::vector<std::string> open_;
  int dropped_ = 0;  // of the open elements: those left out, the innermost ones
};

}  // namespace

Html clean_svg(std::string_view svg, std::string_view prefix, std::string_view title) {
  return Cleaner(svg, prefix, title).clean();
}

}  // namespace cxrnet::report
