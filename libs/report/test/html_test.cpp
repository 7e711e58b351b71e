#include "page/html.h"

#include <gtest/gtest.h>

#include "markup_check.h"

namespace cxrnet::report {
namespace {

TEST(Escape, LeavesNoMarkupAndNoBrokenText) {
  struct Row {
    const char* name;
    std::string text;
    std::string expected;
  };
  const Row rows[] = {
      {"plain", "scan 12", "scan 12"},
      {"markup", "<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
      {"reference", "a & b &amp; \"c\"", "a &amp; b &amp;amp; &quot;c&quot;"},
      {"UTF-8 of two, three and four bytes", "ß × 胸 🫁", "ß × 胸 🫁"},
      {"Latin-1 byte", "M\xFCller", "M\uFFFDller"},
      {"cut sequence", "\xE8\x83", "\uFFFD\uFFFD"},
      {"overlong slash", "\xC0\xAF", "\uFFFD\uFFFD"},
      {"surrogate", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"beyond Unicode", "\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"control characters", std::string("a\0b\x1B[c\x7F", 7), "a\uFFFDb\uFFFD[c\uFFFD"},
      {"tabulator and line break", "a\tb\nc", "a\tb\nc"},
  };
  for (const auto& row : rows) EXPECT_EQ(escape(row.text), row.expected) << row.name;
}

TEST(Element, EscapesTextAndKeepsMarkup) {
  const auto inner = element("b", {}, "1 < 2");
  EXPECT_EQ(element("span", {{"class", "a"}}, inner, " & ", std::string("more")).code(),
            "<span class=\"a\"><b>1 &lt; 2</b> &amp; more</span>");
}

TEST(Element, EscapesAttributeValues) {
  EXPECT_EQ(void_element("img", {{"alt", "\" onload=\"x"}, {"src", "data:,"}}).code(),
            "<img alt=\"&quot; onload=&quot;x\" src=\"data:,\">");
}

TEST(Concat, IsEmptyWithoutParts) {
  EXPECT_TRUE(concat().empty());
  EXPECT_EQ(concat("<", Html::trusted("<br>")).code(), "&lt;<br>");
}

// The checker itself must be able to say no.
TEST(MarkupCheck, RefusesWhatABrowserWouldHaveToRepair) {
  const auto error = [](const std::string& body) {
    return read_markup("<!doctype html>\n" + body).error;
  };
  EXPECT_EQ(error("<p class=\"a\">x &amp; y</p>"), "");
  for (const char* body : {"<p>", "</p>", "<p><b></p></b>", "<p class=a></p>", "<p>a & b</p>",
                           "<p>a > b</p>", "<p>a < b</p>", "<P></P>", "<style>p > a {}"}) {
    EXPECT_NE(error(body), "") << body;
  }
  EXPECT_NE(read_markup("<p></p>").error, "");
}

}  // namespace
}  // namespace cxrnet::report
