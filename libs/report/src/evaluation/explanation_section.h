// What the explanations of an evaluation are worth: a table of methods, and their perturbation
// curves as inline SVG.
#pragma once

#include "cxrnet/pipeline/explanation_evaluation.h"
#include "page/html.h"

namespace cxrnet::report {

/// A section; methods that were left out are listed with their reasons.
Html explanation_section(const pipeline::ExplanationEvaluation& evaluation);

}  // namespace cxrnet::report
