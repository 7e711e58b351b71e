// Stages that train a network, and its weights for the stages after them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cxrnet/nn/forward.h"
#include "cxrnet/nn/options.h"
#include "cxrnet/train/options.h"

namespace cxrnet::study {

class Workplace;
struct StudyOptions;

inline constexpr const char* kSegmenter = "train.segmenter";
inline constexpr int64_t kMinTestImages = 10;  ///< fewer say nothing

/// A classifier of the study.
struct ClassifierRecipe {
  std::string shards;  ///< stage that prepared its images
  std::string split_column;
  nn::CxrNetOptions network;
  train::TrainingOptions training;
  nn::SelectionLossOptions selection = {};  // of a network that selects
  bool allow_leak = false;  ///< the paper's random split puts patients on both sides
};

/// Trains on the training side, keeps the epoch that is best on a validation part cut from it by
/// patient, and answers the test side once: `predictions.json` in the stage's folder, each answer
/// with what training had met of its patient. Goes on from a checkpoint that lies there. Result:
/// {"parameters", "epochs", "best_epoch", "train_seconds", "epoch", "training_loss",
/// "training_images", "validation_images", "patients_on_both_sides"}. Errors: empty_input with
/// fewer than kMinTestImages on the test side; interrupted; diverged.
nlohmann::json train_classifier(Workplace& place, const std::string& stage,
                                const ClassifierRecipe& recipe);

/// The same for a segmenter on shards.lungs, with `overlaps.json`.
nlohmann::json train_segmenter(Workplace& place, const std::string& stage,
                               const nn::UNetOptions& network,
                               const train::TrainingOptions& training, nn::DiceTerm dice_term);

/// How a classifier did on the test side, from its answers: see evaluation_to_json.
nlohmann::json evaluation_of(const Workplace& place, const std::string& stage);
/// {"n", "iou", "dice"} of a segmenter on the test side.
nlohmann::json overlap_of(const Workplace& place, const std::string& stage);

/// The weights of a stage that is done, evaluation mode, f32, on the CPU.
nn::CxrNet load_classifier(const Workplace& place, const std::string& stage,
                           const nn::CxrNetOptions& options);
nn::UNet load_segmenter(const Workplace& place, const std::string& stage = kSegmenter);

}  // namespace cxrnet::study
