// Which networks a study trains, and the names of the stages that train them.
#pragma once

#include <string>

#include "cxrnet/nn/options.h"
#include "cxrnet/study/options.h"

namespace cxrnet::study {

/// Stage that trains an encoder in an arm, such as "train.original.resnet50".
std::string training_stage(const std::string& arm, const std::string& encoder);

inline constexpr const char* kLeakyTraining =
    "train.segmented.leaky_split";  ///< see leaky_training
inline constexpr const char* kSelectionTraining = "train.selection";
inline constexpr const char* kJudgeTraining = "train.judge";
inline constexpr const char* kRepeatedTraining = "train.segmented.repeated";
inline constexpr const char* kLinearDiceTraining = "train.segmenter.linear_dice";

/// Stage that trains the main encoder on lungs alone and the paper's random split.
std::string leaky_training(const StudyOptions& options);

/// The network of an encoder under the study's options, with the paper's representation image.
nn::CxrNetOptions network_options(const StudyOptions& options, nn::Architecture encoder);
/// The same with a selecting decoder, and without a decoder.
nn::CxrNetOptions selection_network(const StudyOptions& options);
nn::CxrNetOptions judge_network(const StudyOptions& options);

/// Augmentation that changes nothing.
data::AugmentationOptions no_augmentation();

/// The training options of networks that must answer to incomplete images: with random removal.
train::TrainingOptions removal_training(const StudyOptions& options);

}  // namespace cxrnet::study
