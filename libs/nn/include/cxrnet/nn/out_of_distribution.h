// Noticing inputs that are nothing like the training images, by the features that the classifier's
// head sees (after Lee et al. 2018, with a shared diagonal covariance).
#pragma once

#include <ATen/core/Tensor.h>

namespace cxrnet::nn {

/// What the training images looked like. The distance of an image is the minimum over the classes
/// of the mean squared z-score of its pooled features.
struct OutOfDistribution {
  at::Tensor class_means;           ///< [classes, C] f32
  at::Tensor variance;              ///< [C] f32, shared by the classes
  double distance_threshold = 0.0;  ///< above it an image is out of distribution
  double lung_fraction_low = 0.0;   ///< usual share of the image that is lung
  double lung_fraction_high = 1.0;
  bool fitted = false;
};

/// Class means and shared variance of `features` [N, C] f32 with `labels` [N] i64 in [0, classes).
/// A class without images takes the mean of all. Thresholds are left as they are. Errors:
/// invalid_shape.
OutOfDistribution fit_feature_distribution(const at::Tensor& features, const at::Tensor& labels,
                                           int64_t classes);

/// `features` [N, C] -> distances [N] f32. Errors: invalid_shape.
at::Tensor feature_distance(const OutOfDistribution& distribution, const at::Tensor& features);

}  // namespace cxrnet::nn
