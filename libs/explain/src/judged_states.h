// The states of images between whole and empty, each judged once.
#pragma once

#include <ATen/core/Tensor.h>

#include "cxrnet/explain/perturbation.h"

namespace cxrnet::explain {

/// Scores that another curve over the same images has found already; undefined where unknown.
struct KnownScores {
  at::Tensor whole;  ///< [N] f64, nothing removed
  at::Tensor empty;  ///< [N] f64, everything removed, by the imputation at hand
};

/// perturbation_curves that asks the judge neither for what is known nor for the same state twice,
/// and completes `known`. It adds the number of images that the judge saw to `judged`.
at::Tensor judge_states(const Classifier& judge, const at::Tensor& image, const at::Tensor& heat,
                        const at::Tensor& target, const CurveOptions& options, KnownScores& known,
                        int64_t& judged);

}  // namespace cxrnet::explain
