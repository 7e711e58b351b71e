// Ranges of values as they stand in a model file.
#pragma once

#include <nlohmann/json.hpp>

#include "cxrnet/engine/engine.h"

namespace cxrnet::pipeline {

/// Puts into `ranges`, under the network's name, one [low, high] or null for each value of the
/// engine's network at that size, and under "graph" the fingerprint of what they were measured on.
void keep_ranges(nlohmann::json& ranges, const char* network, engine::Engine& engine,
                 engine::Pair size);

/// Errors: invalid_option when there are none, or those of another network or size. Files from
/// before there were fingerprints are held against the number of values alone; what the engine then
/// answers is held against nn in any case (golden_check.h).
void set_ranges(const nlohmann::json& ranges, const char* network, int64_t size,
                engine::Engine& engine);

}  // namespace cxrnet::pipeline
