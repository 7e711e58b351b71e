// One diagnosis as JSON: the `predict` contract.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cxrnet/pipeline/diagnosis.h"

namespace cxrnet::report {

/// `label`, `probabilities` (an object with the four labels), `calibrated`, `flags` (reason codes),
/// `lung_fraction` (null when no lungs were segmented), `model` {name, sha256}.
/// Errors: invalid_shape unless there is one probability per label.
nlohmann::json case_json(const pipeline::Diagnosis& diagnosis, const std::string& model_name,
                         const std::string& model_sha256);

}  // namespace cxrnet::report
