// What a model's heat maps are worth, as a card says it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cxrnet::report {

/// Tables of an evaluation's explanations: deletion by fill and grid, the other measures, paired
/// differences and what they mean in words; what is missing beside the representation. Empty
/// without explanations. `result`: `cxrnet.evaluate/1`.
std::string format_explanation_evidence(const nlohmann::json& result);

}  // namespace cxrnet::report
