// Whatever a verb was told, its saved configuration tells it again: over every verb and option.
#include <gtest/gtest.h>

#include "commands/commands.h"
#include "framework/config.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

RowsByVerb rows_of_all_verbs() {
  RowsByVerb verbs;
  for (const auto& command : all_commands()) verbs[command.info.verb] = command.all_rows();
  return verbs;
}

// A value that is not the default, within the row's range.
json unusual_element(const FieldRow& row) {
  const auto& range = row.range;
  const bool bounded = range.maximum < std::numeric_limits<double>::infinity();
  switch (row.kind) {
    case ValueKind::flag:
      return !row.default_value.get<bool>();
    case ValueKind::integer:
      return bounded ? static_cast<int64_t>(range.maximum) : int64_t{9007199254740993};
    case ValueKind::number:  // with more digits than a short text has
      return bounded ? range.maximum * (1.0 - 1.0 / 3e10) : 1.0 / 3e-7;
    case ValueKind::text:
      break;
  }
  if (!row.choices.empty()) return row.choices.back();
  return "a \"b\" \\c\t#'d' = [e], \xC3\xA9\n\x1B[31m";
}

json unusual_value(const FieldRow& row) {
  const auto element = unusual_element(row);
  return row.list ? json::array({element, element}) : element;
}

class SavedConfiguration : public testing::TestWithParam<std::string> {};

TEST_P(SavedConfiguration, GivesBackEveryValueAlsoTheDefaults) {
  const auto verbs = rows_of_all_verbs();
  const auto& rows = verbs.at(GetParam());
  for (const bool usual : {true, false}) {
    json values = json::object(), expected = json::object();
    for (const auto& row : rows) {
      values[row.name] = usual ? row.default_value : unusual_value(row);
      if (row.saved) expected[row.name] = values[row.name];
    }
    const auto text = format_config(GetParam(), rows, values);
    EXPECT_EQ(parse_config(text, GetParam(), verbs), expected) << text;
  }
}

TEST_P(SavedConfiguration, LeavesOutWhereResultsWentAndHowARunBegan) {
  const auto verbs = rows_of_all_verbs();
  for (const auto& row : verbs.at(GetParam())) {
    const bool momentary = row.name == "out" || row.name == "config" || row.name == "report" ||
                           row.name == "resume" || row.name == "restart" ||
                           row.name == "overwrite" || row.name == "dry-run";
    EXPECT_EQ(row.saved, !momentary) << row.name;
  }
}

std::vector<std::string> names_of_verbs() { return verb_names(all_commands()); }

INSTANTIATE_TEST_SUITE_P(Verbs, SavedConfiguration, testing::ValuesIn(names_of_verbs()),
                         [](const auto& test) {
                           auto name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(SavedConfigurationText, ATextThatTomlCannotHoldIsNamedInAComment) {
  const auto verbs = rows_of_all_verbs();
  const auto text =
      format_config("info", {{.name = "model", .help = "a file"}}, {{"model", "\xFF.png"}});
  EXPECT_NE(text.find("# model is not UTF-8; give it on the command line"), std::string::npos);
  EXPECT_EQ(parse_config(text, "info", verbs), json::object());
}

}  // namespace
}  // namespace cxrnet::app
