// What a network gains on patients that it met in training.
#pragma once

#include <nlohmann/json.hpp>

#include "cxrnet/metrics/bootstrap.h"
#include "stages/predictions.h"

namespace cxrnet::study {

/// One network's answers on one test side: images of patients that it learnt from ("seen") against
/// those of patients that it never met ("unseen"); patients who only chose the epoch are neither.
/// {"n", "left_out", "rows": [{"patients", "patient_count", "n", "accuracy", "labels"}],
/// "difference", "difference_within_labels", "sentence"}. A difference is seen minus unseen, with
/// its interval by patient; within labels, each label's difference counts by its images, since
/// labels differ in how many images a patient has.
nlohmann::json compare_seen_with_unseen(const Answers& answers,
                                        const metrics::BootstrapOptions& options);

}  // namespace cxrnet::study
