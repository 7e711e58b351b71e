// Score-CAM: class activation without gradients.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <vector>

#include "cxrnet/explain/class_activation.h"
#include "cxrnet/explain/heat_map.h"

namespace cxrnet::explain {
namespace {

// The channels of one image that are not constant, those that vary most first: [C', 1, h, w].
at::Tensor varying_channels(const at::Tensor& activation, int64_t limit) {
  const auto deviation = activation.flatten(1).std(1, /*unbiased=*/false);
  const auto order = deviation.argsort(/*dim=*/0, /*descending=*/true);
  auto count = (deviation > 0.0).sum().item<int64_t>();
  if (limit > 0) count = std::min(count, limit);
  return activation.index_select(0, order.narrow(0, 0, count)).unsqueeze(1);
}

// `image` [1, 1, H, W], `activation` [C, h, w] -> [1, 1, h, w].
at::Tensor score_cam_of_one(const Classifier& classifier, const at::Tensor& image,
                            const at::Tensor& target, const at::Tensor& activation, int64_t limit,
                            int64_t batch_size) {
  const auto channels = varying_channels(activation, limit);
  if (channels.size(0) == 0) return at::zeros_like(activation.narrow(0, 0, 1)).unsqueeze(0);
  std::vector<at::Tensor> scores;
  for (int64_t first = 0; first < channels.size(0); first += batch_size) {
    const auto size = std::min(batch_size, channels.size(0) - first);
    const auto enlarged =
        upsample_map(channels.narrow(0, first, size), image.size(2), image.size(3));
    scores.push_back(
        target_logit(classifier(image * normalise_heat(enlarged)), target.expand({size})));
  }
  const auto weights = at::cat(scores).softmax(0).view({-1, 1, 1, 1});
  return (weights * channels).sum(0, /*keepdim=*/true).relu();
}

}  // namespace

at::Tensor score_cam(const Classifier& classifier, const at::Tensor& image,
                     const at::Tensor& target, const at::Tensor& activation,
                     const ActivationOptions& options, const PassOptions& passes) {
  const at::NoGradGuard no_gradient;
  std::vector<at::Tensor> maps;
  for (int64_t n = 0; n < image.size(0); ++n) {
    maps.push_back(score_cam_of_one(classifier, image.narrow(0, n, 1), target.narrow(0, n, 1),
                                    activation[n], options.score_cam_channels, passes.batch_size));
  }
  return at::cat(maps);
}

}  // namespace cxrnet::explain
