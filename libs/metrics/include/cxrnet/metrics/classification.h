// The evaluation of a classifier: every figure of the paper's Table I and Fig. 11, discrimination
// and calibration, with intervals by patient.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cxrnet/metrics/bootstrap.h"
#include "cxrnet/metrics/calibration.h"
#include "cxrnet/metrics/confusion_matrix.h"
#include "cxrnet/metrics/figure.h"

namespace cxrnet::metrics {

/// One image's answer beside the truth.
struct Prediction {
  std::vector<double> probabilities;  ///< one per label, in [0, 1], sum 1 (within 1e-3)
  int actual = 0;                     ///< index of the true label
  std::string group;                  ///< the patient
};

/// One class against the rest.
struct ClassFigures {
  std::string label;
  Estimate precision, recall, f1;
  Estimate auroc;  ///< of the class's probability; undefined unless the class and another one occur
  int64_t support = 0;  ///< images of the class
};

struct ClassificationReport {
  int64_t n = 0;       ///< images
  int64_t groups = 0;  ///< patients
  Estimate accuracy;
  std::vector<ClassFigures> per_class;  ///< in the order of the labels
  ConfusionMatrix confusion_matrix;
  /// expected_calibration_error of the top label. Resampling adds noise inside the bins, so its
  /// interval sits somewhat above the figure.
  Estimate ece;
  Estimate brier;                           ///< mean brier_score
  std::vector<CalibrationBin> reliability;  ///< calibration_bins of the top label
  BootstrapOptions bootstrap;
};

/// The label with the highest probability, the first of equal ones. Errors: invalid_shape without
/// probabilities.
std::size_t predicted_label(const std::vector<double>& probabilities);

/// Evaluates predictions over `labels`; any subset of the labels may occur, and none at all. The
/// order of the predictions is without influence on the figures. Errors: invalid_shape (not one
/// probability per label), invalid_option (a probability or label out of range).
ClassificationReport evaluate_classification(const std::vector<Prediction>& predictions,
                                             const std::vector<std::string>& labels,
                                             const BootstrapOptions& options = {});

}  // namespace cxrnet::metrics
