// Is the class readable from a mask alone? A small network is trained on the masks (Jethani et al.
// 2021: an explanation may encode the prediction instead of showing what it rests on).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cxrnet/nn/options.h"

namespace cxrnet::study {

class Workplace;
struct StudyOptions;
struct ClassifierRecipe;

inline constexpr const char* kSelectionMasks = "shards.selection_masks";
inline constexpr const char* kLungMasks = "shards.lung_masks";
inline constexpr const char* kSelectionReadout = "train.readout.selection";
inline constexpr const char* kLungReadout = "train.readout.lungs";

/// Shards whose images are the selecting model's masks of shards.segmented, both sides.
nlohmann::json prepare_selection_masks(Workplace& place);
/// The same with the lungs' outline: what any mask inside the lungs gives away at least.
nlohmann::json prepare_lung_masks(Workplace& place);

/// The small network on one of them.
ClassifierRecipe readout_recipe(const StudyOptions& options, const char* shards);

}  // namespace cxrnet::study
