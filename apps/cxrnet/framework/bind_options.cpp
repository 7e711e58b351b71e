#include "framework/bind_options.h"

namespace cxrnet::app {
namespace {

constexpr const char* kHowItRuns = "How it is run (the answer stays the same, up to rounding)";

}  // namespace

void bind_rows(CLI::App& app, const std::vector<FieldRow>& rows) {
  for (const auto& row : rows) {
    const std::string name = "--" + row.name;
    const std::string help = describe_field(row);
    const std::string group = row.aspect == Aspect::running ? kHowItRuns : "Options";
    if (row.kind == ValueKind::flag) {
      app.add_flag(name + ",!--no-" + row.name, help)->group(group);
    } else {
      CLI::Option* option = app.add_option(name, help)->option_text(value_placeholder(row));
      option->group(group)->multi_option_policy(
          CLI::MultiOptionPolicy::TakeAll);  // given_values refuses a second one by name
    }
  }
}

nlohmann::json given_values(const CLI::App& app, const std::vector<FieldRow>& rows) {
  nlohmann::json values = nlohmann::json::object();
  for (const auto& row : rows) {
    const CLI::Option* option = app.get_option("--" + row.name);
    if (option->count() == 0) continue;
    const auto& texts = option->results();
    if (row.kind != ValueKind::flag && texts.size() > 1) {
      throw Error(ErrorCode::invalid_option,
                  row.name + ": expected it once, got it " + std::to_string(texts.size()) +
                      " times; give one --" + row.name +
                      (row.list ? " with commas between the values" : ""));
    }
    values[row.name] = parse_value(row, texts.back());  // of a flag, the last one holds
  }
  return values;
}

}  // namespace cxrnet::app
