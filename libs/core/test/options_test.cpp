#include "cxrnet/core/options.h"

#include <gtest/gtest.h>

#include <cmath>

#include "error_matchers.h"

namespace cxrnet {

enum class Flavour { plain, spicy };
template <>
struct EnumNames<Flavour> {
  static constexpr std::array<std::pair<Flavour, std::string_view>, 2> values{
      {{Flavour::plain, "plain"}, {Flavour::spicy, "spicy"}}};
};

namespace {

using nlohmann::json;

struct InnerOptions {
  double rate = 0.5;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.rate, Field{"rate", "a rate", {.maximum = 1.0, .above = 0.0}});
  }
};

struct OuterOptions {
  bool fast = false;
  int64_t count = 3;
  std::string title = "none";
  Flavour flavour = Flavour::plain;
  std::vector<int64_t> sizes{1, 2};
  std::vector<double> weights{};
  std::vector<std::string> names{};
  InnerOptions inner{};

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.fast, Field{"fast", "skip the slow part"});
    visit(self.count, Field{"count", "how many", {.minimum = 1, .maximum = 10}});
    visit(self.title, Field{"title", "a heading"});
    visit(self.flavour, Field{"flavour", "taste"});
    visit(self.sizes, Field{"sizes", "sizes in pixels", {.minimum = 1}});
    visit(self.weights, Field{"weights", "weights of the classes", {.minimum = 0}});
    visit(self.names, Field{"names", "names of the classes"});
    cxrnet::visit_fields(self.inner, visit);
  }
};

TEST(Options, BecomeOneFlatObject) {
  const json expected = {{"fast", false},          {"count", 3},      {"title", "none"},
                         {"flavour", "plain"},     {"sizes", {1, 2}}, {"weights", json::array()},
                         {"names", json::array()}, {"rate", 0.5}};
  EXPECT_EQ(options_to_json(OuterOptions{}), expected);
}

TEST(Options, SurviveJson) {
  const OuterOptions written{.fast = true,
                             .count = 7,
                             .title = "head",
                             .flavour = Flavour::spicy,
                             .sizes = {3},
                             .weights = {0.25, 2},
                             .names = {"a", "b"},
                             .inner = {.rate = 0.125}};
  OuterOptions read;
  options_from_json(options_to_json(written), read);
  EXPECT_EQ(options_to_json(read), options_to_json(written));
  EXPECT_EQ(read.flavour, Flavour::spicy);
  EXPECT_EQ(read.inner.rate, 0.125);
}

TEST(Options, FromJsonKeepsWhatIsNotNamed) {
  OuterOptions options{.title = "kept"};
  options_from_json(json{{"rate", 1}}, options);  // a whole number is a number
  EXPECT_EQ(options.title, "kept");
  EXPECT_EQ(options.inner.rate, 1.0);
}

TEST(Options, FromJsonRefusesAndSaysWhy) {
  struct Row {
    const char* name;
    const char* text;
    const char* message_part;
  };
  const Row rows[] = {
      {"unknown key", R"({"rote": 1})", "got 'rote'"},
      {"unknown key lists the known ones", R"({"rote": 1})", "names, rate"},
      {"below the minimum", R"({"count": 0})", "at least 1 and at most 10, got 0; change --count"},
      {"above the maximum", R"({"count": 11})", "got 11"},
      {"at an exclusive bound", R"({"rate": 0})", "above 0 and at most 1, got 0"},
      {"element out of range", R"({"sizes": [4, -3]})", "got -3"},
      {"string for a number", R"({"count": "3"})", "count: expected another type than string"},
      {"fraction for a whole number", R"({"count": 2.5})", "got 2.5"},
      {"fraction in whole numbers", R"({"sizes": [2.5]})", "got [2.5]"},
      {"beyond 64 bits with sign", R"({"sizes": [18446744073709551615]})", "sizes: expected"},
      {"number for a switch", R"({"fast": 1})", "fast: expected another type than number"},
      {"switch for a number", R"({"rate": true})", "rate: expected another type than boolean"},
      {"scalar for a list", R"({"sizes": 3})", "sizes: expected"},
      {"unknown enumerator", R"({"flavour": "sour"})", "one of plain, spicy, got 'sour'"},
      {"number for an enumerator", R"({"flavour": 1})", "flavour: expected another type"},
      {"null", "null", "expected an object, got null"},
      {"list", "[1]", "expected an object, got array"},
  };
  for (const auto& row : rows) {
    OuterOptions options;
    const auto refused = caught([&] { options_from_json(json::parse(row.text), options); });
    EXPECT_EQ(refused.code, ErrorCode::invalid_option) << row.name;
    EXPECT_NE(refused.message.find(row.message_part), std::string::npos)
        << row.name << ": " << refused.message;
  }
}

TEST(Options, ValidateNamesTheFieldOfANestedAggregate) {
  EXPECT_FALSE(caught([] { validate(OuterOptions{}); }).code);
  for (const double rate : {0.0, 1.5, std::nan("")}) {
    const auto refused = caught([&] { validate(OuterOptions{.inner = {.rate = rate}}); });
    EXPECT_EQ(refused.code, ErrorCode::invalid_option) << rate;
    EXPECT_EQ(refused.message.rfind("rate: ", 0), 0u) << refused.message;
  }
}

TEST(Options, WrongTypeThatIsNotUtf8IsStillAnOptionError) {
  OuterOptions options;
  const json object = {{"count", "\xff"}};
  EXPECT_EQ(caught([&] { options_from_json(object, options); }).code, ErrorCode::invalid_option);
}

TEST(Enumerations, HaveNames) {
  EXPECT_EQ(to_string(Flavour::spicy), "spicy");
  EXPECT_EQ(enum_names<Flavour>(), (std::vector<std::string>{"plain", "spicy"}));
  EXPECT_EQ(parse_enum<Flavour>("plain", "flavour"), Flavour::plain);
  EXPECT_EQ(caught([] { parse_enum<Flavour>("Plain", "flavour"); }).message,
            "flavour: expected one of plain, spicy, got 'Plain'; choose one of these");
}

TEST(Describe, SaysWhatIsAllowed) {
  EXPECT_EQ(describe({}), "any number");
  EXPECT_EQ(describe({.minimum = 2}), "at least 2");
  EXPECT_EQ(describe({.maximum = 0.1}), "at most 0.1");
  EXPECT_EQ(describe({.maximum = 16777217, .above = 0}), "above 0 and at most 16777217");
}

TEST(Differences, AreNamedWithBothValues) {
  const json then{
      {"rate", 0.5}, {"inner", {{"size", 3}, {"name", "a"}}}, {"gone", true}, {"same", 1}};
  const json now{
      {"rate", 0.25}, {"inner", {{"size", 4}, {"name", "a"}}}, {"new", {1, 2}}, {"same", 1}};
  EXPECT_EQ(differences(then, now),
            (std::vector<std::string>{"gone was true, is nothing", "size was 3, is 4",
                                      "new was nothing, is [1,2]", "rate was 0.5, is 0.25"}));
  EXPECT_EQ(differences(now, now), std::vector<std::string>{});
}

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join({}), "");
  EXPECT_EQ(join({"a"}), "a");
  EXPECT_EQ(join({"a", "b", "c"}, "|"), "a|b|c");
}

}  // namespace
}  // namespace cxrnet
