#include "figures/ablations.h"

#include <ATen/Functions.h>

#include "cxrnet/explain/judge.h"
#include "cxrnet/explain/perturbation.h"
#include "cxrnet/nn/cxr_net.h"
#include "figures/explanation_items.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/checkerboard.h"
#include "stages/estimates.h"
#include "stages/explained_images.h"
#include "stages/recipes.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {
namespace {

std::vector<double> to_vector(const at::Tensor& values) {
  const auto packed = values.to(at::kDouble).contiguous();
  return {packed.data_ptr<double>(), packed.data_ptr<double>() + packed.numel()};
}

// What is measured of the representation image: eq. (12) in blocks, and its checkerboard.
void measure_representation(Workplace& place, const Ablation& ablation, nlohmann::json& row) {
  auto model = load_classifier(place, ablation.stage, ablation.recipe.network);
  const auto images =
      load_explained_images(place, place.options.explain_images, ablation.recipe.shards);
  const auto heat = heat_of(place, model, explain::Method::representation, images);
  place.stop_here();
  const auto curves =
      explain::perturbation_curves(explain::as_classifier(model), images.cases.image, heat,
                                   images.cases.target, explain::CurveOptions{});
  const auto& groups = images.cases.groups;
  row["aoppc_block"] =
      to_json(mean_estimate(to_vector(explain::aoppc(curves)), groups, place.options.bootstrap));
  const auto energy =
      mean_estimate(to_vector(checkerboard_energy(heat)), groups, place.options.bootstrap);
  if (energy.value) row["checkerboard"] = *energy.value;
}

// What an independent judge makes of a selecting decoder's maps.
void measure_selection(Workplace& place, const Ablation& ablation, nlohmann::json& row) {
  auto model = load_classifier(place, ablation.stage, ablation.recipe.network);
  const auto judge = load_classifier(place, kJudgeTraining, judge_network(place.options));
  const auto images = load_explained_images(place, place.options.explain_images);
  const auto heat = heat_of(place, model, explain::Method::representation, images);
  place.stop_here();
  const auto curves = [&](bool insertion) {
    return explain::perturbation_curves(explain::as_classifier(judge), images.cases.image, heat,
                                        images.cases.target,
                                        explain::CurveOptions{.insertion = insertion});
  };
  const auto estimate = [&](const at::Tensor& values) {
    return to_json(mean_estimate(to_vector(values), images.cases.groups, place.options.bootstrap));
  };
  row["deletion"] = estimate(explain::area_over(curves(false)));
  row["insertion"] = estimate(explain::area_under(curves(true)));
  row["mean_heat"] = heat.mean().item<double>();
}

nlohmann::json describe_segmenter(const Workplace& place, const char* stage, const char* name,
                                  const char* title) {
  return {{"name", name}, {"title", title}, {"iou", overlap_of(place, stage).at("iou")}};
}

}  // namespace

std::vector<Ablation> classifier_ablations(const StudyOptions& options,
                                           const ClassifierRecipe& paper) {
  const std::string main(to_string(options.main_encoder));
  std::vector<Ablation> all{{"paper", "the paper's form", training_stage("segmented", main), paper,
                             /*trains=*/false}};
  const auto add = [&](const std::string& name, const std::string& title) -> ClassifierRecipe& {
    all.push_back({name, title, "train.ablation." + name, paper});
    return all.back().recipe;
  };
  add("without_second_loss", "without the second encoder's loss").network.representation =
      nn::Representation::none;
  add("without_skips", "without skip connections").network.decoder.skips = false;
  add("nearest", "nearest upsampling for pixel shuffle with ICNR").network.decoder.upsampling =
      nn::Upsampling::nearest;
  add("transposed", "transposed convolution for pixel shuffle with ICNR")
      .network.decoder.upsampling = nn::Upsampling::transposed;
  add("without_clahe", "without CLAHE").shards = kPlainShards;
  all.push_back({"without_mask", "without the lung mask (original images)",
                 training_stage("original", main), paper, /*trains=*/false});
  all.back().recipe.shards = kOriginalShards;
  return all;
}

std::vector<Ablation> selection_ablations(const ClassifierRecipe& selecting) {
  std::vector<Ablation> all{{"selection", "the selecting form", kSelectionTraining, selecting,
                             /*trains=*/false}};
  const auto add = [&](const std::string& name, const std::string& title) -> ClassifierRecipe& {
    all.push_back({"selection_" + name, "selecting form, " + title,
                   "train.ablation.selection_" + name, selecting});
    return all.back().recipe;
  };
  add("without_removed", "nothing asked of what is left over").selection.removed = 0.0;
  add("without_area", "no price for area").selection.area = 0.0;
  add("without_variation", "no price for ragged selections").selection.variation = 0.0;
  if (selecting.network.representation == nn::Representation::class_selection) {
    add("one_for_all", "one selection whatever the class").network.representation =
        nn::Representation::selection;
  }
  add("own_size", "always asked at its own size").selection.any_size = 0.0;
  add("without_removal", "encoder trained on whole images alone")
      .training.augmentation.removal_probability = 0.0;
  return all;
}

nlohmann::json make_ablations(Workplace& place) {
  const ClassifierRecipe paper{
      .shards = kSegmentedShards,
      .split_column = place.options.split_column,
      .network = network_options(place.options, place.options.main_encoder),
      .training = place.options.training};
  auto selecting = paper;
  selecting.network = selection_network(place.options);
  auto ablations = classifier_ablations(place.options, paper);
  for (auto& ablation : selection_ablations(selecting)) ablations.push_back(std::move(ablation));
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& ablation : ablations) {
    const auto evaluation = evaluation_of(place, ablation.stage);
    nlohmann::json row{{"name", ablation.name},
                       {"title", ablation.title},
                       {"n", evaluation.at("n")},
                       {"accuracy", evaluation.at("accuracy")},
                       {"macro_f1", evaluation.at("macro_f1")}};
    const auto representation = ablation.recipe.network.representation;
    if (representation == nn::Representation::image) measure_representation(place, ablation, row);
    if (nn::selects(representation)) measure_selection(place, ablation, row);
    if (ablation.name == "paper") row["iou"] = overlap_of(place, kSegmenter).at("iou");
    rows.push_back(row);
  }
  rows.push_back(describe_segmenter(place, kLinearDiceTraining, "linear_dice",
                                    "segmenter with CE + (1 - Dice) for CE - log Dice"));
  return rows;
}

}  // namespace cxrnet::study
