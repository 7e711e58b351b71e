#include "commands/train/reproduce_plan.h"

#include <cmath>

#include "framework/field_rows.h"

namespace cxrnet::app {
namespace {

// {"epochs": 5, "balance": "sampling"} as "epochs 5, balance sampling".
std::string described(const nlohmann::json& options) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : options.items())
    parts.push_back(name + " " + format_value(value));
  return parts.empty() ? "nothing" : join(parts, ", ");
}

// What every network has unlike the paper, then what single stages have unlike the others.
void print_training(const std::vector<study::StageStatus>& stages,
                    const study::StudyOptions& options, Context& context) {
  std::vector<std::string> exceptions;
  bool trains = false;
  for (const auto& status : stages) {
    const auto training = study::describe_training(*status.stage, options);
    if (status.state == study::StageState::left_out || training.is_null()) continue;
    trains = true;
    const auto& own = training.at("differs_from_study");
    if (!own.empty()) exceptions.push_back("  " + status.stage->name + ": " + described(own));
  }
  if (!trains) return;
  context.console.print_line("");
  context.console.print_line(
      "unlike the paper's training (Adam, batch 12, learning rate 1e-4 to 1e-6; epochs, which it "
      "does "
      "not give: 30), on split " +
      options.split_column + ":");
  const auto common = study::describe_common_training(options);
  for (const auto& [network, differences] : common.items())
    context.console.print_line("  every " + network + ": " + described(differences));
  if (exceptions.empty()) return;
  context.console.print_line("and single stages, unlike that:");
  for (const auto& line : exceptions) context.console.print_line(line);
}

}  // namespace

std::string format_duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string((whole + 30) / 60) + " min";
  return format_fixed(seconds / 3600.0, 1) + " h";
}

void print_plan(const std::vector<study::StageStatus>& stages, const study::StudyOptions& options,
                Context& context) {
  nlohmann::json rows = nlohmann::json::array();
  Table table{.header = {"stage", "for", "what", "estimate", "state"}, .rows = {}};
  double left = 0.0;
  for (const auto& status : stages) {
    const auto& stage = *status.stage;
    const std::string state(study::state_name(status.state));
    if (status.state == study::StageState::waiting || status.state == study::StageState::failed)
      left += stage.estimated_seconds;
    rows.push_back({{"stage", stage.name},
                    {"item", stage.item},
                    {"title", stage.title},
                    {"needs", stage.needs},
                    {"training", study::describe_training(stage, options)},
                    {"estimated_seconds", stage.estimated_seconds},
                    {"seconds", status.seconds},
                    {"state", state},
                    {"reason", status.reason}});
    if (status.state == study::StageState::left_out) continue;
    table.rows.push_back(
        {stage.name, stage.item, stage.title, format_duration(stage.estimated_seconds), state});
  }
  if (context.common.json) {
    context.console.print_json({{"schema", "cxrnet.reproduce/1"},
                                {"plan", rows},
                                {"unlike_paper", study::describe_common_training(options)},
                                {"seconds_left", left}});
    return;
  }
  context.console.print_table(table);
  context.console.print_line("still to do: about " + format_duration(left) + " on two cores");
  print_training(stages, options, context);
}

}  // namespace cxrnet::app
