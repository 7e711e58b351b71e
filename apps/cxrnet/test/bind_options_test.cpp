#include "framework/bind_options.h"

#include <gtest/gtest.h>

#include "test/example_options.h"

namespace cxrnet::app {
namespace {

ExampleOptions parse(std::vector<std::string> arguments) {
  ExampleOptions options;
  CLI::App app;
  bind_options(app, options);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  set_given_options(app, options);
  return options;
}

TEST(BindOptions, KeepsDefaultsOfWhatIsNotGiven) {
  EXPECT_EQ(options_to_json(parse({})), options_to_json(ExampleOptions{}));
}

TEST(BindOptions, ReadsEveryKindOfField) {
  const auto options = parse({"--smooth", "--count", "7", "--rate=0.25", "--note", "a b", "--shape",
                              "square", "--widths", "4,2", "--tags", "x,y,"});
  EXPECT_TRUE(options.smooth);
  EXPECT_EQ(options.count, 7);
  EXPECT_EQ(options.rate, 0.25);
  EXPECT_EQ(options.note, "a b");
  EXPECT_EQ(options.shape, Shape::square);
  EXPECT_EQ(options.widths, (std::vector<int64_t>{4, 2}));
  EXPECT_EQ(options.tags, (std::vector<std::string>{"x", "y", ""}));
}

TEST(BindOptions, LastFlagHolds) {
  EXPECT_FALSE(parse({"--smooth", "--no-smooth"}).smooth);
  EXPECT_TRUE(parse({"--no-smooth", "--smooth"}).smooth);
}

TEST(BindOptions, EmptyTextIsAnEmptyList) { EXPECT_TRUE(parse({"--widths", ""}).widths.empty()); }

struct Refused {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;
};

class BindOptionsRefuses : public testing::TestWithParam<Refused> {};

TEST_P(BindOptionsRefuses, WithAnExactMessage) {
  try {
    parse(GetParam().arguments);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_option);
    EXPECT_STREQ(error.what(), GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Values, BindOptionsRefuses,
    testing::Values(
        Refused{
            "text_for_integer",
            {"--count", "many"},
            "count: expected a whole number at least 1 and at most 9, got 'many'; change --count"},
        Refused{
            "fraction_for_integer",
            {"--count", "2.5"},
            "count: expected a whole number at least 1 and at most 9, got '2.5'; change --count"},
        Refused{
            "above_the_range",
            {"--count", "10"},
            "count: expected a whole number at least 1 and at most 9, got '10'; change --count"},
        Refused{"on_the_exclusive_bound",
                {"--rate", "0"},
                "rate: expected a number above 0 and at most 1, got '0.0'; change --rate"},
        Refused{"not_a_number",
                {"--rate", "nan"},
                "rate: expected a number above 0 and at most 1, got 'nan'; change --rate"},
        Refused{"unknown_choice",
                {"--shape", "oval"},
                "shape: expected one of round, square, got 'oval'; change --shape"},
        Refused{"bad_element",
                {"--widths", "4,0"},
                "widths: expected a whole number at least 1, got '0'; change --widths"},
        Refused{"empty_element",
                {"--widths", "4,,2"},
                "widths: expected a whole number at least 1, got ''; change --widths"},
        Refused{"twice",
                {"--count", "1", "--count", "2"},
                "count: expected it once, got it 2 times; give one --count"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(BindOptions, NegativeNumbersAreValuesNotOptions) {
  EXPECT_THROW(parse({"--rate", "-0.5"}),
               Error);  // refused for its range, not as an unknown option
}

TEST(BindOptions, HelpShowsNamesHelpRangesChoicesAndDefaults) {
  CLI::App app;
  bind_options(app, ExampleOptions{});
  const std::string help = app.help();
  for (const char* expected :
       {"--smooth", "--no-smooth", "smooth the result (default off)", "--count INTEGER",
        "how many (at least 1 and at most 9; default 3)", "--rate NUMBER",
        "how fast (above 0 and at most 1; default 0.5)", "--shape round|square", "default round",
        "--widths INTEGER,...", "default 8,16"}) {
    EXPECT_NE(help.find(expected), std::string::npos) << expected << " is not in\n" << help;
  }
}

}  // namespace
}  // namespace cxrnet::app
