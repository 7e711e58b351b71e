// The few pieces of HTML that the reports are made of. Text and markup are different types: what is
// text gets escaped, and cannot be forgotten.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cxrnet::report {

/// Text as HTML: & < > " ' as character references; control characters and bytes that are not
/// UTF-8 as U+FFFD, since file names may hold anything.
std::string escape(std::string_view text);

/// A piece of markup.
class Html {
 public:
  Html() = default;

  /// Takes `code` as markup; never give it anything from outside.
  static Html trusted(std::string code) {
    Html html;
    html.code_ = std::move(code);
    return html;
  }

  Html& append(const Html& markup) {
    code_ += markup.code_;
    return *this;
  }
  Html& append(std::string_view text) {
    code_ += escape(text);
    return *this;
  }

  const std::string& code() const { return code_; }
  bool empty() const { return code_.empty(); }

 private:
  std::string code_;
};

/// Names and values; values are escaped.
using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

namespace detail {
Html opening_tag(std::string_view name, Attributes attributes);
Html closing_tag(std::string_view name);
}  // namespace detail

/// Pieces of markup and text, one after the other.
template <class... Parts>
Html concat(const Parts&... parts) {
  Html html;
  (html.append(parts), ...);
  return html;
}

/// An element with its content: markup (Html) or text (anything else, escaped).
template <class... Children>
Html element(std::string_view name, Attributes attributes, const Children&... children) {
  return concat(detail::opening_tag(name, attributes), children..., detail::closing_tag(name));
}

/// An element that has no content and no closing tag, such as `img`.
inline Html void_element(std::string_view name, Attributes attributes) {
  return detail::opening_tag(name, attributes);
}

}  // namespace cxrnet::report
