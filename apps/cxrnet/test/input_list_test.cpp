#include "framework/input_list.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"

namespace cxrnet::app {
namespace {

using Names = std::vector<std::string>;

std::string bytes(const char* text, std::size_t size) { return {text, size}; }
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return bytes(text, N - 1);
}

struct ListRow {
  const char* name;
  std::string text;
  Names names;   // the last reading of each
  Names others;  // the first reading of those that have another
};

class ListTest : public testing::TestWithParam<ListRow> {};

TEST_P(ListTest, GivesTheNames) {
  Names names, others;
  for (const auto& name : parse_list(GetParam().text)) {
    EXPECT_FALSE(name.has_nul);
    EXPECT_FALSE(name.is_comment);
    names.push_back(name.readings.back());
    if (name.readings.size() > 1) others.push_back(name.readings.front());
  }
  EXPECT_EQ(names, GetParam().names);
  EXPECT_EQ(others, GetParam().others);
}

INSTANTIATE_TEST_SUITE_P(
    All, ListTest,
    testing::Values(
        ListRow{"empty", "", {}, {}},
        ListRow{"lines", "a b.png\nc.png\n", {"a b.png", "c.png"}, {}},
        ListRow{"no_last_end", "a.png\n\nb.png", {"a.png", "b.png"}, {}},
        ListRow{"windows", "a b.png\r\nc.png\r\n", {"a b.png", "c.png"}, {"a b.png\r", "c.png\r"}},
        ListRow{"old_mac", "a b.png\rc.png\r", {"a b.png", "c.png"}, {}},
        ListRow{"return_within_a_name", "a\rb.png\nc.png\n", {"a\rb.png", "c.png"}, {}},
        ListRow{"marked_utf8",
                "\xEF\xBB\xBF"
                "a b.png\r\n",
                {"a b.png"},
                {"a b.png\r"}},
        ListRow{"only_a_mark", "\xEF\xBB\xBF", {}, {}},
        ListRow{"blanks_around",
                "  a b.png \n\t c.png\n \n",
                {"a b.png", "c.png"},
                {"  a b.png ", "\t c.png"}},
        ListRow{"find_print0",
                bytes("a b.png\0c\nd.png\0 e.png\0"),
                {"a b.png", "c\nd.png", " e.png"},
                {}},
        ListRow{"print0_of_one", bytes("dir/a.png\0"), {"dir/a.png"}, {}},
        ListRow{"print0_without_the_last", bytes("a.png\0bb.png"), {"a.png", "bb.png"}, {}},
        ListRow{"print0_empty_names", bytes("a.png\0\0bb.png\0"), {"a.png", "bb.png"}, {}},
        ListRow{"print0_number_signs", bytes("#a.png\0"), {"#a.png"}, {}},
        ListRow{"chinese", "\xE8\x82\xBA.png\n", {"\xE8\x82\xBA.png"}, {}},
        ListRow{"latin1", "R\xF6ntgen.png\n", {"R\xF6ntgen.png"}, {}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(List, ANulByteInALineCostsThatLine) {
  const auto names = parse_list(bytes("c.png\n\0\nd\0e.png\nf.png\n"));
  ASSERT_EQ(names.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(names[i].number, i + 1);
    EXPECT_EQ(names[i].has_nul, i == 1 || i == 2);
  }
}

TEST(List, CommentsAreMarked) {
  const auto names = parse_list("# one\n #2.png\n\na#.png\n");
  ASSERT_EQ(names.size(), 3U);
  EXPECT_TRUE(names[0].is_comment);
  EXPECT_TRUE(names[1].is_comment);
  EXPECT_FALSE(names[2].is_comment);
  EXPECT_EQ(names[2].number, 4U);
}

TEST(List, ShortNamesBetweenNulBytesAreNoUtf16) {
  EXPECT_EQ(parse_list(bytes("./1\0./2\0./3\0./4\0")).size(), 4U);
  EXPECT_EQ(parse_list(bytes("1\0"
                             "2\0"))
                .size(),
            2U);
  EXPECT_EQ(parse_list(bytes("abc\0def\0")).size(), 2U);
}

struct WideRow {
  const char* name;
  std::string text;
};

class WideListTest : public testing::TestWithParam<WideRow> {};

TEST_P(WideListTest, IsNamed) {
  try {
    parse_list(GetParam().text);
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported_format);
    EXPECT_NE(std::string(error.what()).find("UTF-16"), std::string::npos);
  }
}

// As iconv writes "a b.png\r\nc.png\r\n" and, in the last, a Greek name.
INSTANTIATE_TEST_SUITE_P(
    All, WideListTest,
    testing::Values(WideRow{"little_endian_marked", bytes("\xFF\xFE"
                                                          "a\0 \0b\0.\0p\0n\0g\0\r\0\n\0")},
                    WideRow{"big_endian_marked", bytes("\xFE\xFF\0a\0 \0b\0.\0p\0n\0g\0\r\0\n")},
                    WideRow{"little_endian", bytes("a\0 \0b\0.\0p\0n\0g\0\r\0\n\0"
                                                   "c\0.\0p\0n\0g\0\n\0")},
                    WideRow{"big_endian",
                            bytes("\0a\0 \0b\0.\0p\0n\0g\0\r\0\n\0c\0.\0p\0n\0g\0\n")},
                    WideRow{"utf32", bytes("\0\0\xFE\xFF\0\0\0a\0\0\0\n")},
                    WideRow{"greek", bytes("\xB1\x03\xB2\x03.\0p\0n\0g\0\n\0")}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace cxrnet::app
