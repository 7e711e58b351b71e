// Probability perturbation curves and their areas (paper, Fig. 13, eq. 12), method by method.
#include <algorithm>

#include "cxrnet/nn/labels.h"
#include "figures/explanation_items.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/explained_images.h"
#include "stages/networks.h"
#include "stages/predictions.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

constexpr const char* kAll = "all";

// Rows of a class, or all of them.
std::vector<int64_t> rows_of(const ExplainedImages& images, const std::string& label) {
  std::vector<int64_t> rows;
  for (std::size_t i = 0; i < images.labels.size(); ++i) {
    if (label == kAll || images.labels[i] == label) rows.push_back(static_cast<int64_t>(i));
  }
  return rows;
}

std::vector<std::string> groups_of(const ExplainedImages& images,
                                   const std::vector<int64_t>& rows) {
  std::vector<std::string> groups;
  for (const auto row : rows) groups.push_back(images.cases.groups[static_cast<std::size_t>(row)]);
  return groups;
}

// The paper's class first.
std::vector<std::string> label_order() {
  std::vector<std::string> labels{"covid19", kAll};
  for (const auto label : nn::kLabels) {
    if (label != "covid19") labels.emplace_back(label);
  }
  return labels;
}

nlohmann::json describe(const explain::MethodSummary& summary) {
  return {{"n", summary.n},
          {"n_dead", summary.n_dead},
          {"aoppc_threshold", to_json(summary.aoppc_threshold)},
          {"aoppc_rank", to_json(summary.aoppc_rank)},
          {"aoppc_block", to_json(summary.aoppc_block)},
          {"aoppc_block_normalised", to_json(summary.aoppc_block_normalised)},
          {"insertion", to_json(summary.insertion)},
          {"deletion", to_json(summary.deletion)},
          {"p_whole", to_json(summary.p_whole)},
          {"p_full_removal", to_json(summary.p_full_removal)},
          {"p_black", to_json(summary.p_black)},
          {"inside_lung", to_json(summary.inside_lung)},
          {"ppc_threshold", summary.ppc_threshold},
          {"ppc_rank", summary.ppc_rank},
          {"ppc_block", summary.ppc_block},
          {"insertion_curve", summary.insertion_curve},
          {"images_per_second", summary.images_per_second}};
}

nlohmann::json summarise_map(const Workplace& place, const MapName& name, const std::string& stage,
                             const ExplainedImages& images) {
  const auto measures = load_measures(place, stage);
  nlohmann::json list = nlohmann::json::array();
  for (const auto& label : label_order()) {
    const auto rows = rows_of(images, label);
    auto entry = describe(explain::summarise(explain::select(measures, rows),
                                             groups_of(images, rows), place.options.bootstrap));
    entry["method"] = name.method;
    entry["model"] = name.model;
    entry["label"] = label;
    entry["maps_per_second"] = place.result(measuring_stage(name)).at("maps_per_second");
    list.push_back(entry);
  }
  return list;
}

// A model's own map against each other map of the same model, so that both explain one answer.
nlohmann::json compare_maps(const Workplace& place, const std::vector<MapName>& names,
                            std::string (*stage_of)(const MapName&),
                            const ExplainedImages& images) {
  nlohmann::json paired = nlohmann::json::array();
  for (const auto& own : names) {
    if (method_of(own) != explain::Method::representation) continue;
    const auto measures = load_measures(place, stage_of(own));
    for (const auto& other : names) {
      if (other.model != own.model || other.method == own.method) continue;
      const auto against = load_measures(place, stage_of(other));
      for (const auto& label : label_order()) {
        const auto rows = rows_of(images, label);
        const auto difference =
            explain::compare(explain::select(measures, rows), explain::select(against, rows),
                             groups_of(images, rows), place.options.bootstrap);
        paired.push_back({{"method", own.method},
                          {"against", other.method},
                          {"model", own.model},
                          {"label", label},
                          {"n", difference.n},
                          {"aoppc_threshold", to_json(difference.aoppc_threshold)},
                          {"aoppc_rank", to_json(difference.aoppc_rank)},
                          {"aoppc_block", to_json(difference.aoppc_block)},
                          {"insertion", to_json(difference.insertion)},
                          {"deletion", to_json(difference.deletion)},
                          {"inside_lung", to_json(difference.inside_lung)}});
      }
    }
  }
  return paired;
}

nlohmann::json summarise_maps(const Workplace& place, std::string (*stage_of)(const MapName&)) {
  const auto images = load_explained_images(place, place.options.explain_images);
  const auto names = map_names(place.options);
  nlohmann::json methods = nlohmann::json::array();
  for (const auto& name : names) {
    for (auto& entry : summarise_map(place, name, stage_of(name), images)) methods.push_back(entry);
  }
  return {{"split", place.options.split_column},
          {"score", "softmax probability of the actual class"},
          {"fill",
           {{"threshold", "zero"},
            {"rank", "zero"},
            {"block", "blur"},
            {"insertion", "blur"},
            {"deletion", "blur"}}},
          {"grid", explain::kRemovalGrid},
          {"methods", methods},
          {"paired", compare_maps(place, names, stage_of, images)}};
}

}  // namespace

nlohmann::json make_fig13(Workplace& place) {
  auto section = summarise_maps(place, measuring_stage);
  section["judged_by"] = "the model itself";
  return section;
}

nlohmann::json make_judge(Workplace& place) {
  const auto evaluation = evaluation_of(place, kJudgeTraining);
  auto section = summarise_maps(place, judging_stage);
  section["architecture"] = to_string(place.options.judge_encoder);
  section["accuracy"] = evaluation.at("accuracy");
  const auto paper =
      training_stage("segmented", std::string(to_string(place.options.main_encoder)));
  section["models"] = nlohmann::json::array(
      {{{"model", kPaperModel}, {"accuracy", evaluation_of(place, paper).at("accuracy")}},
       {{"model", kSelectionModel},
        {"accuracy", evaluation_of(place, kSelectionTraining).at("accuracy")}}});
  const auto pairs = pair_answers(read_answers(place.stage_folder(paper) / kAnswers),
                                  read_answers(place.stage_folder(kSelectionTraining) / kAnswers));
  section["accuracy_difference"] = to_json(accuracy_difference(pairs, place.options.bootstrap));
  return section;
}

}  // namespace cxrnet::study
