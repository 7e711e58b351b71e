// What a model's flags are worth, from its evaluations.
#pragma once

#include <string>
#include <vector>

#include "cxrnet/report/model_card.h"

namespace cxrnet::report {

/// The measured share of flagged images among right and among wrong answers, a table of one
/// evaluation; "" where it holds none.
std::string format_flag_rates(const nlohmann::json& result);

/// What the flag of inputs unlike the training images caught in each evaluation, in a sentence;
/// "not measured" where it was not.
std::string describe_distribution_flag(const std::vector<CardEvaluation>& evaluations);

}  // namespace cxrnet::report
