// The stages of section IV-C 3 and beyond: explanations, their judge, audit and ablations.
#include "figures/ablations.h"
#include "figures/explanation_items.h"
#include "figures/items.h"
#include "plan/builder.h"
#include "plan/costs.h"
#include "run/workplace.h"
#include "stages/explained_images.h"
#include "stages/recipes.h"

namespace cxrnet::study {

void PlanBuilder::add_measures(const MapName& name) {
  const bool selecting = name.model == kSelectionModel;
  const std::string main(to_string(options_.main_encoder));
  const auto network =
      selecting ? selection_network(options_) : network_options(options_, options_.main_encoder);
  const double seconds =
      explanation_seconds(network, method_of(name), options_, data_.explained_images);
  const nlohmann::json inputs{{"explanation", options_to_json(options_.explanation)},
                              {"explain_images", options_.explain_images}};
  const std::string title =
      name.method + " of the " + (selecting ? "selecting" : "paper's") + " model";
  stages_.push_back({.name = measuring_stage(name),
                     .item = "fig13",
                     .title = title + ", judged by itself",
                     .needs = {selecting ? kSelectionTraining : training_stage("segmented", main),
                               kSegmentedShards},
                     .inputs = inputs,
                     .estimated_seconds = seconds,
                     .work = [name](Workplace& place) { return measure_maps(place, name); }});
  stages_.push_back(
      {.name = judging_stage(name),
       .item = "judge",
       .title = title + ", judged by another network",
       .needs = {kJudgeTraining, measuring_stage(name)},
       .inputs = inputs,
       .estimated_seconds = judging_seconds(judge_network(options_), options_.preprocessing.size,
                                            data_.explained_images),
       .work = [name](Workplace& place) { return judge_maps(place, name); }});
}

void PlanBuilder::add_explanation() {
  const std::string main(to_string(options_.main_encoder));
  const auto paper_model = training_stage("segmented", main);
  const auto selecting = selecting_recipe();
  add_classifier(kSelectionTraining, "fig12", main + " with a selecting decoder", selecting);
  add_item("fig12", "heat maps side by side", {paper_model, kSelectionTraining, kSegmentedShards},
           make_fig12);

  auto judging = selecting;
  judging.network = judge_network(options_);
  add_classifier(kJudgeTraining, "judge",
                 std::string(to_string(options_.judge_encoder)) + ", the independent judge",
                 judging);
  std::vector<std::string> measured{kSegmentedShards};
  std::vector<std::string> judged{kJudgeTraining, kSelectionTraining, paper_model};
  for (const auto& name : map_names(options_)) {
    add_measures(name);
    measured.push_back(measuring_stage(name));
    judged.push_back(judging_stage(name));
  }
  add_item("fig13", "perturbation curves", measured, make_fig13);
  judged.insert(judged.end(), measured.begin(), measured.end());
  add_item("judge", "curves by an independent judge", judged, make_judge);
  add_item("fig14", "annotated lesions", {paper_model, kSelectionTraining, kSegmenter}, make_fig14);
  stages_.back().inputs["lesions"] = data_.lesions_sha256;
  stages_.back().inputs["preprocessing"] = options_to_json(options_.preprocessing);
  add_audit(paper_model);
}

void PlanBuilder::add_audit(const std::string& paper_model) {
  add_classifier(kRepeatedTraining, "audit", "the paper's model, trained once more",
                 recipe(kSegmentedShards, options_.main_encoder));
  add_item("audit", "can the maps be trusted?",
           {kRepeatedTraining, kSelectionTraining, paper_model, kSegmentedShards}, make_audit, 5.0);
  stages_.back().inputs["explain_images"] = {options_.explain_images, options_.sanity_images};
}

void PlanBuilder::add_ablations() {
  add_shards(kPlainShards, "ablations", "prepare segmented lungs without CLAHE",
             {.arm = nn::Arm::segmented,
              .clahe = false,
              .masks = pipeline::MaskSource::predicted,
              .require_masks = false});
  std::vector<std::string> needs{kSegmentedShards, kOriginalShards,     kPlainShards,
                                 kSegmenter,       kLinearDiceTraining, kJudgeTraining};
  auto ablations = classifier_ablations(options_, recipe(kSegmentedShards, options_.main_encoder));
  for (auto& ablation : selection_ablations(selecting_recipe()))
    ablations.push_back(std::move(ablation));
  for (const auto& ablation : ablations) {
    if (ablation.trains)
      add_classifier(ablation.stage, "ablations", ablation.title, ablation.recipe);
    needs.push_back(ablation.stage);
  }
  add_segmenter(kLinearDiceTraining, "ablations", "U-Net, CE + (1 - Dice)", nn::DiceTerm::linear);
  add_item("ablations", "parts left out or replaced", needs, make_ablations, 12.0);
  stages_.back().inputs["explain_images"] = options_.explain_images;
}

}  // namespace cxrnet::study
