#include "cxrnet/nn/out_of_distribution.h"

#include <torch/types.h>

#include "cxrnet/core/shape.h"

namespace cxrnet::nn {
namespace {

constexpr double kVarianceFloor = 1e-6;  // features that never vary must not dominate

}  // namespace

OutOfDistribution fit_feature_distribution(const at::Tensor& features, const at::Tensor& labels,
                                           int64_t classes) {
  require_shape(features, {-1, -1}, "features");
  require_shape(labels, {features.size(0)}, "labels");
  OutOfDistribution distribution;
  distribution.class_means = features.mean(0, /*keepdim=*/true).repeat({classes, 1});
  for (int64_t label = 0; label < classes; ++label) {
    const auto members = (labels == label).nonzero().flatten();
    if (members.numel() > 0)
      distribution.class_means[label] = features.index_select(0, members).mean(0);
  }
  const auto residuals = features - distribution.class_means.index_select(0, labels);
  distribution.variance = residuals.square().mean(0).clamp_min(kVarianceFloor);
  return distribution;
}

at::Tensor feature_distance(const OutOfDistribution& distribution, const at::Tensor& features) {
  require_shape(features, {-1, distribution.variance.size(0)}, "features");
  const auto offsets =
      features.unsqueeze(1) - distribution.class_means.unsqueeze(0);  // [N, classes, C]
  return (offsets.square() / distribution.variance).mean(2).amin(1);
}

}  // namespace cxrnet::nn
