#include "framework/config.h"

#include <gtest/gtest.h>

#include "framework/command.h"
#include "test/example_options.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

RowsByVerb verbs() {
  auto rows = field_rows(ExampleOptions{});
  rows.push_back({.name = "config", .help = "TOML file", .default_value = ""});
  return {{"draw", rows}, {"weigh", field_rows(ExampleOptions{})}};
}

TEST(Config, TableOfTheVerbWinsOverTopLevel) {
  const auto values =
      parse_config("count = 2\nrate = 1\n[draw]\ncount = 5\n[weigh]\ncount = 9\n", "draw", verbs());
  EXPECT_EQ(values, json({{"count", 5}, {"rate", 1}}));
}

TEST(Config, ReadsEveryKindOfValue) {
  const auto values = parse_config(
      "smooth = true\ncount = 4\nrate = 0.125\nnote = \"a # b\"\nshape = 'square'\nwidths = [1, "
      "2]\ntags = []\n",
      "draw", verbs());
  EXPECT_EQ(values, json({{"smooth", true},
                          {"count", 4},
                          {"rate", 0.125},
                          {"note", "a # b"},
                          {"shape", "square"},
                          {"widths", {1, 2}},
                          {"tags", json::array()}}));
}

struct BadConfig {
  const char* name;
  const char* text;
  const char* message;
};

class ConfigRefuses : public testing::TestWithParam<BadConfig> {};

TEST_P(ConfigRefuses, WithLineAndColumn) {
  try {
    parse_config(GetParam().text, "draw", verbs());
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_option);
    EXPECT_EQ(std::string(error.what()).substr(0, std::string(GetParam().message).size()),
              GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, ConfigRefuses,
    testing::Values(BadConfig{"unknown_key", "count = 1\n\n  coutn = 2\n",
                              "config, line 3, column 3: expected one of smooth, count, rate, "
                              "note, shape, widths, tags, got "
                              "'coutn'; correct or remove it"},
                    BadConfig{"unknown_key_in_table", "[draw]\nsize = 2\n",
                              "config, line 2, column 1: expected one of smooth"},
                    BadConfig{"unknown_key_of_another_verb", "[weigh]\nsize = 2\n",
                              "config, line 2, column 1: expected one of smooth"},
                    BadConfig{"unknown_verb", "[drow]\ncount = 2\n",
                              "config, line 1, column 2: expected one of [draw], [weigh], got "
                              "'drow'; correct or remove it"},
                    BadConfig{"wrong_type", "count = 'two'\n",
                              "config, line 1, column 9: count: expected a whole number at least 1 "
                              "and at most 9, got 'two'"},
                    BadConfig{"number_for_integer", "count = 2.0\n",
                              "config, line 1, column 9: count: expected a whole number"},
                    BadConfig{"out_of_range", "[draw]\ncount = 99\n",
                              "config, line 2, column 9: count: expected a whole number"},
                    BadConfig{"scalar_for_list", "widths = 3\n",
                              "config, line 1, column 10: widths: expected a whole number"},
                    BadConfig{"date", "note = 2020-01-01\n",
                              "config, line 1, column 8: note: expected text, got"},
                    BadConfig{"nested_table", "[draw.note]\nx = 1\n",
                              "config, line 1, column 1: note: expected text, got"},
                    BadConfig{"config_in_config", "config = 'other.toml'\n",
                              "config, line 1, column 1: expected one of"},
                    BadConfig{"bad_toml", "count = 1\nrate = = 2\n",
                              "config, line 2, column 8: expected valid TOML, got"},
                    BadConfig{"twice", "count = 1\ncount = 2\n", "config, line 2, column"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Config, FormattedValuesReadBackTheSame) {
  ExampleOptions options;
  options.smooth = true;
  options.rate = 1e-7;
  options.note = "quote \" backslash \\ tab \t line\n\xC3\xA9 'single'";
  options.tags = {"a,b", ""};
  const json values = options_to_json(options);
  const std::string text = format_config("draw", verbs().at("draw"), values);
  EXPECT_EQ(parse_config(text, "draw", verbs()), values);
  EXPECT_NE(text.find("# how many\ncount = 3\n"), std::string::npos) << text;
}

TEST(Config, WhereResultsWentIsNotSaved) {
  const auto rows = common_rows({.out = "folder"});
  const std::string text =
      format_config("draw", rows, {{"out", "/home/someone"}, {"config", "mine.toml"}});
  EXPECT_EQ(text.find("someone"), std::string::npos);
  EXPECT_EQ(text.find("mine"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet::app
