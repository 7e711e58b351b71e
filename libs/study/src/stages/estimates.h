// Figures with intervals as study.json writes them: {"value", "interval", "undefined"}.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/metrics/bootstrap.h"
#include "cxrnet/metrics/classification.h"

namespace cxrnet::study {

nlohmann::json to_json(const metrics::Estimate& estimate);

/// An estimate that is undefined for that reason.
nlohmann::json undefined_estimate(const std::string& reason);

/// Mean over the values that are not NaN, with its interval by patient; undefined with a reason
/// when none is. Errors: invalid_shape when the sizes differ.
metrics::Estimate mean_estimate(const std::vector<double>& values,
                                const std::vector<std::string>& groups,
                                const metrics::BootstrapOptions& options);

/// Mean over the classes that occur of their F1, eq. (10).
metrics::Estimate macro_f1(const std::vector<metrics::Prediction>& predictions,
                           const metrics::BootstrapOptions& options);

/// {"n", "patients", "accuracy", "macro_f1", "classes": [{"label", "precision", "recall", "f1",
/// "support"}], "labels", "counts"}.
nlohmann::json evaluation_to_json(const std::vector<metrics::Prediction>& predictions,
                                  const metrics::BootstrapOptions& options);

}  // namespace cxrnet::study
