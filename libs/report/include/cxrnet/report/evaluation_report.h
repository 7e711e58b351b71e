// The page of an evaluation: the paper's Table I and Fig. 11, discrimination, calibration, lung
// segmentation, the explanations where they were measured, and the accuracy within each source.
#pragma once

#include <string>

#include "cxrnet/pipeline/evaluation.h"
#include "cxrnet/report/report_context.h"

namespace cxrnet::report {

/// HTML 5 without scripts and without anything from outside. A figure that is undefined says why.
/// The paper's figures for the context's arm stand beside ours when all four classes occur, with
/// the reasons why the two cannot be compared to the last digit; else the page says why they do
/// not.
std::string format_evaluation_report(const pipeline::Evaluation& evaluation,
                                     const ReportContext& context);

}  // namespace cxrnet::report
