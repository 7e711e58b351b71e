// Ranges of values as they stand in a model file.
#pragma once

#include <nlohmann/json.hpp>

#include "cxrnet/engine/engine.h"

namespace cxrnet::pipeline {

/// One [low, high] or null for each value of the engine's network at that size.
nlohmann::json ranges_to_json(engine::Engine& engine, engine::Pair size);

/// Errors: invalid_option when there are none, or those of another network or size.
void set_ranges(const nlohmann::json& ranges, const char* network, int64_t size,
                engine::Engine& engine);

}  // namespace cxrnet::pipeline
