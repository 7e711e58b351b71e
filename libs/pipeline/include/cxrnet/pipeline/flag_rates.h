// How often each flag stands beside right and beside wrong answers: what a flag is worth is
// measured, not said.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cxrnet/metrics/bootstrap.h"
#include "cxrnet/pipeline/evaluation.h"

namespace cxrnet::pipeline {

/// The flagged among `n` answers.
struct FlaggedShare {
  int64_t n = 0;
  int64_t flagged = 0;
  metrics::Estimate share;  ///< undefined without answers
};

struct FlagRate {
  std::string flag;  ///< a flag's name, or "any"
  FlaggedShare right, wrong;
};

/// Every flag, and "any" of them last, with intervals by patient. Without `thresholds`, which are
/// the model's out-of-distribution ones, the flags that need them are left out: they are never set.
std::vector<FlagRate> flag_rates(const std::vector<EvaluatedImage>& images, bool thresholds,
                                 const metrics::BootstrapOptions& bootstrap);

/// {flag: {"right": {"n", "flagged", "share", "interval"}, "wrong": ...}}; an undefined share is
/// null and has its reason as "undefined".
nlohmann::json to_json(const std::vector<FlagRate>& rates);

}  // namespace cxrnet::pipeline
