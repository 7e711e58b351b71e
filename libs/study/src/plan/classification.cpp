// The stages of section IV-C 1 and 2: segmentation and diagnosis.
#include <algorithm>

#include "figures/items.h"
#include "plan/builder.h"
#include "run/workplace.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

std::vector<std::string> original_encoders(const StudyOptions& options) {
  auto encoders = options.encoders;
  const auto add = [&](const std::string& encoder) {
    if (std::find(encoders.begin(), encoders.end(), encoder) == encoders.end())
      encoders.push_back(encoder);
  };
  for (const auto& encoder : options.arm_encoders) add(encoder);
  add(std::string(to_string(options.main_encoder)));
  return encoders;
}

std::vector<std::string> segmented_encoders(const StudyOptions& options) {
  auto encoders = options.arm_encoders;
  const std::string main(to_string(options.main_encoder));
  if (std::find(encoders.begin(), encoders.end(), main) == encoders.end()) encoders.push_back(main);
  return encoders;
}

std::vector<std::string> stages_of(const std::string& arm,
                                   const std::vector<std::string>& encoders) {
  std::vector<std::string> stages;
  for (const auto& encoder : encoders) stages.push_back(training_stage(arm, encoder));
  return stages;
}

}  // namespace

void PlanBuilder::add_segmentation() {
  add_item("fig3", "images before and after CLAHE", {}, make_fig3);
  stages_.back().inputs["preprocessing"] = options_to_json(options_.preprocessing);
  stages_.back().inputs["images"] = {options_.split_column, options_.train_images};

  add_shards(kLungShards, "fig8", "prepare images with annotated lungs",
             {.arm = nn::Arm::original,
              .clahe = false,
              .masks = pipeline::MaskSource::annotated,
              .require_masks = true});
  add_item("fig7", "annotated lungs", {kLungShards}, make_fig7);
  stages_.back().inputs["split_column"] = options_.split_column;
  add_segmenter(kSegmenter, "fig8", "U-Net, CE - log Dice", nn::DiceTerm::minus_log);
  add_item("fig8", "lung segmentation", {kSegmenter, kLungShards}, make_fig8);
}

void PlanBuilder::add_classification() {
  // DEVIATION: adr-021, whole images are enhanced, too.
  add_shards(kOriginalShards, "fig9", "prepare original images",
             {.arm = nn::Arm::original,
              .clahe = true,
              .masks = pipeline::MaskSource::annotated,
              .require_masks = false});
  for (const auto& encoder : original_encoders(options_)) {
    add_classifier(training_stage("original", encoder), "fig9", encoder + ", original images",
                   recipe(kOriginalShards, parse_enum<nn::Architecture>(encoder, "encoders")));
  }
  add_item("fig9", "encoders compared", stages_of("original", options_.encoders), make_fig9);

  add_shards(kSegmentedShards, "fig10", "prepare images cut to the predicted lungs",
             {.arm = nn::Arm::segmented,
              .clahe = true,
              .masks = pipeline::MaskSource::predicted,
              .require_masks = false});
  for (const auto& encoder : segmented_encoders(options_)) {
    add_classifier(training_stage("segmented", encoder), "fig10", encoder + ", segmented lungs",
                   recipe(kSegmentedShards, parse_enum<nn::Architecture>(encoder, "encoders")));
  }
  auto both_arms = stages_of("original", options_.arm_encoders);
  for (auto& stage : stages_of("segmented", options_.arm_encoders)) both_arms.push_back(stage);
  add_item("fig10", "original against segmented images", both_arms, make_fig10);

  const std::string main(to_string(options_.main_encoder));
  const std::vector<std::string> main_arms{training_stage("original", main),
                                           training_stage("segmented", main)};
  add_item("fig11", "confusion matrices", main_arms, make_fig11);
  add_item("table1", "precision, recall and F1 by class", main_arms, make_table1);

  if (!splits_at_random(options_)) {
    auto leaky = recipe(kSegmentedShards, options_.main_encoder);
    leaky.split_column = options_.leaky_split_column;
    leaky.allow_leak = true;
    add_classifier(kLeakyTraining, "leakage", main + ", the paper's random split", leaky);
  }
  add_item("leakage", "patients that one network met in training against others",
           {leaky_training(options_)}, make_leakage);
}

}  // namespace cxrnet::study
