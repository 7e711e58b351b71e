#include "cxrnet/study/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "cxrnet/core/error.h"
#include "cxrnet/pipeline/sha256.h"
#include "plan/builder.h"

namespace cxrnet::study {
namespace {

constexpr int kStageFormat = 2;  // raised when stages compute something else from the same inputs

void mark_needed(const Plan& plan, const std::string& name, std::set<std::string>& needed) {
  if (!needed.insert(name).second) return;
  for (const auto& need : plan.at(name).needs) mark_needed(plan, need, needed);
}

}  // namespace

const Stage& Plan::at(const std::string& name) const {
  const auto found = std::find_if(stages.begin(), stages.end(),
                                  [&](const Stage& stage) { return stage.name == name; });
  if (found != stages.end()) return *found;
  throw Error(ErrorCode::internal,
              "plan: expected a stage '" + name + "', got none; please report it");
}

const std::vector<std::string>& item_names() {
  static const std::vector<std::string> kItems{"fig3",  "fig7",    "fig8",  "fig9",     "fig10",
                                               "fig11", "table1",  "fig12", "fig13",    "fig14",
                                               "judge", "leakage", "audit", "ablations"};
  return kItems;
}

Plan make_plan(const StudyOptions& options, const DataFacts& data, uint64_t seed) {
  validate_options(options);
  PlanBuilder builder(options, data);
  builder.add_segmentation();
  builder.add_classification();
  builder.add_explanation();
  builder.add_ablations();
  return {.stages = builder.take(),
          .basis = {{"format", kStageFormat}, {"manifest", data.sha256}, {"seed", seed}}};
}

Plan select_items(const Plan& plan, const std::vector<std::string>& items) {
  if (items.empty()) return plan;
  std::set<std::string> needed;
  for (const auto& item : items) {
    const auto& known = item_names();
    if (std::find(known.begin(), known.end(), item) == known.end()) {
      throw Error(ErrorCode::invalid_option, "only: expected items of " + join(known) + ", got '" +
                                                 item + "'; choose among these");
    }
    mark_needed(plan, item, needed);
  }
  Plan selected{.stages = {}, .basis = plan.basis};
  for (const auto& stage : plan.stages) {
    if (needed.count(stage.name) != 0) selected.stages.push_back(stage);
  }
  return selected;
}

std::vector<std::string> fingerprints(const Plan& plan) {
  std::map<std::string, std::string> by_name;
  std::vector<std::string> all;
  for (const auto& stage : plan.stages) {
    nlohmann::json needs = nlohmann::json::array();
    for (const auto& need : stage.needs) needs.push_back(by_name.at(need));
    const nlohmann::json whole{
        {"basis", plan.basis}, {"stage", stage.name}, {"inputs", stage.inputs}, {"needs", needs}};
    all.push_back(pipeline::sha256_hex(whole.dump()));
    by_name[stage.name] = all.back();
  }
  return all;
}

}  // namespace cxrnet::study
