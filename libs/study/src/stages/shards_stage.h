// Stages that prepare shards, one for each way of preprocessing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cxrnet/nn/preprocessing.h"
#include "cxrnet/pipeline/preparation.h"

namespace cxrnet::study {

class Workplace;
struct StudyOptions;

inline constexpr const char* kLungShards = "shards.lungs";
inline constexpr const char* kOriginalShards = "shards.original";
inline constexpr const char* kSegmentedShards = "shards.segmented";
inline constexpr const char* kPlainShards = "shards.segmented.without_clahe";

struct ShardsRecipe {
  nn::Arm arm;
  bool clahe;
  pipeline::MaskSource masks;
  bool require_masks;  ///< leave out rows without an annotated mask
};

/// The preprocessing of a recipe under the study's options.
pipeline::PreparationOptions preparation_options(const StudyOptions& options,
                                                 const ShardsRecipe& recipe);

/// Prepares the study's rows into the stage's folder. Rows that are refused are counted by reason
/// code. Result: {"images", "refused": {code: count}, "fingerprint"}. Errors: empty_input when no
/// row is left; interrupted; disk_full, write_failed.
nlohmann::json prepare_shards(Workplace& place, const std::string& stage,
                              const ShardsRecipe& recipe);

}  // namespace cxrnet::study
