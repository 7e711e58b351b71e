#include "cxrnet/core/printable.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace cxrnet {
namespace {

struct PrintableRow {
  const char* name;
  std::string text;
  const char* printable;
  const char* plain;
};

class PrintableTest : public testing::TestWithParam<PrintableRow> {};

TEST_P(PrintableTest, ShowsAndDoesNotObey) {
  EXPECT_EQ(printable(GetParam().text), GetParam().printable);
  EXPECT_EQ(plain_name(GetParam().text), GetParam().plain);
}

#define FFFD "\xEF\xBF\xBD"

// Well and ill-formed sequences by Unicode 15, tables 3-7 and 3-8.
INSTANTIATE_TEST_SUITE_P(
    All, PrintableTest,
    testing::Values(
        PrintableRow{"Ascii", "scan 1 [2024].png", "scan 1 [2024].png", "scan 1 [2024].png"},
        PrintableRow{"Letters", "R\xC3\xB6ntgen \xE8\x82\xBA \xF0\x9F\xAB\x81",
                     "R\xC3\xB6ntgen \xE8\x82\xBA \xF0\x9F\xAB\x81",
                     "R\xC3\xB6ntgen \xE8\x82\xBA \xF0\x9F\xAB\x81"},
        PrintableRow{"LineEnds", "a\nb\rc\td", "a\\nb\\rc\\td", "a" FFFD "b" FFFD "c" FFFD "d"},
        PrintableRow{"Escape", "\033[31mred", "\\x1b[31mred", FFFD "[31mred"},
        PrintableRow{"Nul", std::string("a\0b", 3), "a\\x00b", "a" FFFD "b"},
        PrintableRow{"Delete", "a\x7F", "a\\x7f", "a" FFFD},
        PrintableRow{"C1",
                     "\xC2\x9B"
                     "31m",
                     "\\x9b31m", FFFD "31m"},
        PrintableRow{"Separator",
                     "a\xE2\x80\xA8"
                     "b",
                     "a\\u2028b", "a" FFFD "b"},
        PrintableRow{"Direction", "a\xE2\x80\xAEgnp", "a\\u202egnp", "a" FFFD "gnp"},
        PrintableRow{"NoUtf8",
                     "a\xFF"
                     "b",
                     "a\\xffb", "a" FFFD "b"},
        PrintableRow{"Cut", "a\xE8\x82", "a\\xe8\\x82", "a" FFFD FFFD},
        PrintableRow{"Overlong", "\xC0\x80", "\\xc0\\x80", FFFD FFFD},
        PrintableRow{"Surrogate", "\xED\xA0\x80", "\\xed\\xa0\\x80", FFFD FFFD FFFD},
        PrintableRow{"BeyondUnicode", "\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
                     FFFD FFFD FFFD FFFD}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PrintableJson, StaysTheSameDocument) {
  const nlohmann::json document{{"input",
                                 "a\x7F\xC2\x9B\xE2\x80\xAE\n\033"
                                 "b"},
                                {"n", 1}};
  const auto text = printable_json(document.dump(2));
  EXPECT_EQ(nlohmann::json::parse(text), document);
  EXPECT_EQ(text, "{\n  \"input\": \"a\\u007f\\u009b\\u202e\\n\\u001bb\",\n  \"n\": 1\n}");
}

}  // namespace
}  // namespace cxrnet
