// One diagnosis as JSON: the `predict` contract.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cxrnet/nn/model_identity.h"
#include "cxrnet/pipeline/diagnosis.h"

namespace cxrnet::report {

/// `label`, `probabilities` (an object with the four labels), `calibrated`, `flags` (reason codes),
/// `lung_fraction` (null when no lungs were segmented), `model` {name, sha256, limits, population}.
/// Errors: invalid_shape unless there is one probability per label.
nlohmann::json case_json(const pipeline::Diagnosis& diagnosis, const nn::ModelIdentity& model);

}  // namespace cxrnet::report
