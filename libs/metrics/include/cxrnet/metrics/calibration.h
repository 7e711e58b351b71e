// Do the probabilities mean what they say? Calibration error, proper scores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cxrnet/metrics/figure.h"

namespace cxrnet::metrics {

inline constexpr std::size_t kCalibrationBins = 15;

/// Expected calibration error of the top label (Guo et al. 2017): kCalibrationBins bins of equal
/// width over the confidence, bin m holding (m/15, (m+1)/15] and the first one 0 too; the mean of
/// |share correct − mean confidence| over the bins, weighted by their images. Item i counts
/// weights[i] times. Undefined without images. Errors: invalid_shape when the sizes differ,
/// invalid_option when a confidence lies outside [0, 1].
Figure expected_calibration_error(std::span<const double> confidences,
                                  const std::vector<bool>& correct,
                                  std::span<const int32_t> weights);

/// The same with every item counted once.
Figure expected_calibration_error(std::span<const double> confidences,
                                  const std::vector<bool>& correct);

/// One bar of the reliability diagram: the images whose confidence lies in (low, high], the first
/// bin holding 0 too.
struct CalibrationBin {
  double low = 0.0;
  double high = 0.0;
  int64_t images = 0;
  Figure mean_confidence;  ///< undefined without images
  Figure share_correct;    ///< undefined without images
};

/// The kCalibrationBins bins behind expected_calibration_error, in ascending order; its value is
/// the mean of |share correct − mean confidence| over them, weighted by their images. Errors: as
/// there.
std::vector<CalibrationBin> calibration_bins(std::span<const double> confidences,
                                             const std::vector<bool>& correct);

/// One image's Brier score (Brier 1950, the sum over classes): Σ_k (p_k − [k = actual])², from 0
/// to 2.
double brier_score(std::span<const double> probabilities, std::size_t actual);

/// The mean of −log softmax(logits / temperature)[actual] in nats. Log-probabilities may stand for
/// logits. Undefined without images. Errors: invalid_shape, invalid_option (a class out of range,
/// temperature not above 0).
Figure negative_log_likelihood(const std::vector<std::vector<double>>& logits,
                               const std::vector<std::size_t>& actual, double temperature = 1.0);

}  // namespace cxrnet::metrics
