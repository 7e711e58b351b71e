#include "card/flag_rates.h"

#include "page/markdown.h"
#include "page/number_text.h"

namespace cxrnet::report {
namespace {

using nlohmann::json;

constexpr const char* kFlag = "out_of_distribution";
constexpr const char* kNotMeasured = "not measured";

// The member at a path; null where there is none.
const json& member_by(const json& object, std::initializer_list<const char*> path) {
  static const json kNull;
  const json* value = &object;
  for (const char* key : path) {
    if (!value->is_object() || !value->contains(key)) return kNull;
    value = &value->at(key);
  }
  return *value;
}

bool is_count(const json& value) { return value.is_number_integer() || value.is_number_unsigned(); }

bool is_measured(const json& part) {
  return is_count(member_by(part, {"n"})) && is_count(member_by(part, {"flagged"}));
}

// Whether a flag was on at all, or not measured: of the others a table would say nothing.
bool was_seen(const json& rates) {
  for (const char* part : {"right", "wrong"}) {
    const auto& rate = member_by(rates, {part});
    if (!is_measured(rate) || rate.at("flagged").get<int64_t>() > 0) return true;
  }
  return false;
}

// "10 of 302, 0.033 (0.013–0.060)"
std::string share_text(const json& part) {
  if (!is_measured(part)) return kNotMeasured;
  std::string text = std::to_string(part.at("flagged").get<int64_t>()) + " of " +
                     std::to_string(part.at("n").get<int64_t>());
  const auto& share = member_by(part, {"share"});
  if (!share.is_number()) return text;
  text += ", " + figure_text(share.get<double>());
  const auto& interval = member_by(part, {"interval"});
  if (interval.is_array() && interval.size() == 2 && interval[0].is_number() &&
      interval[1].is_number()) {
    text += " (" + figure_text(interval[0].get<double>()) + "–" +
            figure_text(interval[1].get<double>()) + ")";
  }
  return text;
}

}  // namespace

std::string format_flag_rates(const json& result) {
  const auto& flags = member_by(result, {"flags"});
  if (!flags.is_object() || flags.empty()) return "";
  MarkdownTable table{.header = {"flag", "on right answers", "on wrong answers"}, .rows = {}};
  const auto add = [&](const std::string& flag) {
    table.rows.push_back({flag, share_text(member_by(flags, {flag.c_str(), "right"})),
                          share_text(member_by(flags, {flag.c_str(), "wrong"}))});
  };
  for (const auto& [flag, rates] : flags.items()) {
    if (flag != "any" && (flag == kFlag || was_seen(rates))) add(flag);
  }
  if (flags.contains("any")) add("any");
  return format_markdown(table);
}

std::string describe_distribution_flag(const std::vector<CardEvaluation>& evaluations) {
  const std::string subject = "How often the flag `" + std::string(kFlag) + "` was on: ";
  if (evaluations.empty()) return subject + kNotMeasured + ".";
  std::string text;
  for (const auto& evaluation : evaluations) {
    const auto& right = member_by(evaluation.result, {"flags", kFlag, "right"});
    const auto& wrong = member_by(evaluation.result, {"flags", kFlag, "wrong"});
    text += (text.empty() ? "" : "; ") + evaluation.title + ": ";
    text += is_measured(right) && is_measured(wrong)
                ? "wrong answers " + share_text(wrong) + ", right answers " + share_text(right)
                : std::string(kNotMeasured);
  }
  return subject + text + ".";
}

}  // namespace cxrnet::report
