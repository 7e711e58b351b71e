// The sections of a model card that say how good a model is.
#pragma once

#include <string>

#include "cxrnet/report/model_card.h"

namespace cxrnet::report {

/// Figures by class and in all, confusion, sources and, where measured, explanations.
std::string format_card_evaluation(const CardEvaluation& evaluation, const nlohmann::json& model);

}  // namespace cxrnet::report
