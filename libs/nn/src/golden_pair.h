// What a model answers to a synthetic image: stored when it is saved, computed again when it is
// loaded.
#pragma once

#include <nlohmann/json.hpp>

#include "cxrnet/nn/model_file.h"

namespace cxrnet::nn {

/// The networks' answers to a fixed smooth pattern; the networks are in evaluation mode.
nlohmann::json compute_golden(const ModelFile& model);

/// Errors: corrupt_model unless the answers are those of `golden`, within what differs between
/// CPUs.
void require_golden(const nlohmann::json& golden, const nlohmann::json& answers);

}  // namespace cxrnet::nn
