// Makes probabilities mean what they say: temperature scaling, with offsets for changed class
// shares.
#pragma once

#include <cstddef>
#include <vector>

namespace cxrnet::metrics {

/// A temperature fitted on held-out images.
struct TemperatureFit {
  double temperature = 1.0;
  double nll_before = 0.0;  ///< at temperature 1, nats
  double nll_after = 0.0;   ///< at the fitted temperature, nats
  bool at_limit = false;    ///< the optimum is not inside [kMinTemperature, kMaxTemperature]
};
inline constexpr double kMinTemperature = 0.05;
inline constexpr double kMaxTemperature = 20.0;

/// The temperature that minimises the negative log-likelihood (Guo et al. 2017), by golden-section
/// search over log T; the likelihood is convex in 1/T, so the search cannot stop in a wrong valley.
/// Errors: empty_input without images; invalid_shape unless all have as many logits; else as
/// negative_log_likelihood.
TemperatureFit fit_temperature(const std::vector<std::vector<double>>& logits,
                               const std::vector<std::size_t>& actual);

/// A temperature and one offset for each class, fitted on held-out images: the probabilities are
/// softmax(logits / temperature + offsets).
struct BiasCorrectedFit {
  TemperatureFit scaling;  ///< nll_before without both, nll_after with both; nats
  std::vector<double> offsets;
};

/// Bias-corrected temperature scaling (Alexandari et al. 2020), which also undoes class shares that
/// were changed for training: the temperature and offsets of the least mean negative
/// log-likelihood. Offsets have a standard normal prior that counts as one image, so that a rare
/// class cannot send its own to infinity; a class without images keeps 0, the others' mean.
/// Newton's method over the offsets inside the search of fit_temperature; both are convex together.
/// Errors: as fit_temperature.
BiasCorrectedFit fit_bias_corrected_temperature(const std::vector<std::vector<double>>& logits,
                                                const std::vector<std::size_t>& actual);

}  // namespace cxrnet::metrics
