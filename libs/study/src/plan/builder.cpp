#include "plan/builder.h"

#include <algorithm>

#include "figures/items.h"
#include "plan/costs.h"
#include "run/workplace.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

nlohmann::json training_inputs(const train::TrainingOptions& training) {
  auto inputs = options_to_json(training);
  for (const char* harmless : {"stop-after", "workers", "device"}) inputs.erase(harmless);
  return inputs;
}

}  // namespace

PlanBuilder::PlanBuilder(const StudyOptions& options, const DataFacts& data)
    : options_(options), data_(data) {}

void PlanBuilder::add_shards(const char* name, const char* item, const char* title,
                             const ShardsRecipe& recipe) {
  const auto preparation = preparation_options(options_, recipe);
  const bool segmenting = preparation.masks == pipeline::MaskSource::predicted;
  const int64_t images =
      recipe.require_masks ? data_.masked_images : data_.training_images + data_.test_images;
  stages_.push_back(
      {.name = name,
       .item = item,
       .title = title,
       .needs = segmenting ? std::vector<std::string>{kSegmenter} : std::vector<std::string>{},
       .inputs = {{"preparation", options_to_json(preparation)},
                  {"split_columns", {options_.split_column, options_.leaky_split_column}},
                  {"images", {options_.train_images, options_.test_images}},
                  {"require_masks", recipe.require_masks}},
       .estimated_seconds = preparation_seconds(options_, segmenting, images),
       .work = [stage = std::string(name), recipe](Workplace& place) {
         return prepare_shards(place, stage, recipe);
       }});
}

void PlanBuilder::add_classifier(const std::string& name, const char* item,
                                 const std::string& title, const ClassifierRecipe& recipe) {
  nlohmann::json inputs{{"network", options_to_json(recipe.network)},
                        {"training", training_inputs(recipe.training)},
                        {"split_column", recipe.split_column}};
  if (nn::selects(recipe.network.representation))
    inputs["selection"] = options_to_json(recipe.selection);
  stages_.push_back(
      {.name = name,
       .item = item,
       .title = title,
       .needs = {recipe.shards},
       .inputs = std::move(inputs),
       .estimated_seconds = training_seconds(recipe.network, recipe.training,
                                             options_.preprocessing.size, data_.training_images),
       .work = [name, recipe](Workplace& place) { return train_classifier(place, name, recipe); }});
}

void PlanBuilder::add_segmenter(const char* name, const char* item, const char* title,
                                nn::DiceTerm dice_term) {
  const auto training = segmenter_training(options_);
  const auto training_share = data_.masked_images * data_.training_images /
                              std::max<int64_t>(1, data_.training_images + data_.test_images);
  stages_.push_back({.name = name,
                     .item = item,
                     .title = title,
                     .needs = {kLungShards},
                     .inputs = {{"network", options_to_json(options_.unet)},
                                {"training", training_inputs(training)},
                                {"dice_term", std::string(to_string(dice_term))},
                                {"split_column", options_.split_column}},
                     .estimated_seconds = segmenter_seconds(
                         options_.unet, training, options_.preprocessing.size, training_share),
                     .work = [stage = std::string(name), network = options_.unet, training,
                              dice_term](Workplace& place) {
                       return train_segmenter(place, stage, network, training, dice_term);
                     }});
}

void PlanBuilder::add_item(const char* item, const char* title, std::vector<std::string> needs,
                           nlohmann::json (*work)(Workplace&), double seconds) {
  stages_.push_back({.name = item,
                     .item = item,
                     .title = title,
                     .needs = std::move(needs),
                     .inputs = {{"bootstrap", options_to_json(options_.bootstrap)}},
                     .estimated_seconds = seconds,
                     .work = work});
}

ClassifierRecipe PlanBuilder::recipe(const char* shards, nn::Architecture encoder) const {
  return {.shards = shards,
          .split_column = options_.split_column,
          .network = network_options(options_, encoder),
          .training = options_.training,
          .allow_leak = splits_at_random(options_)};
}

ClassifierRecipe PlanBuilder::selecting_recipe() const {
  auto selecting = recipe(kSegmentedShards, options_.main_encoder);
  selecting.network = selection_network(options_);
  selecting.training = removal_training(options_);
  selecting.selection = options_.selection;
  return selecting;
}

}  // namespace cxrnet::study
