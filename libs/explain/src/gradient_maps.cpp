#include "cxrnet/explain/gradient_maps.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "cxrnet/core/random.h"
#include "cxrnet/explain/heat_map.h"

namespace cxrnet::explain {
namespace {

// autograd::grad neither reads nor writes the .grad of a parameter, unlike backward().
at::Tensor gradient_of_one_pass(const Classifier& classifier, const at::Tensor& image,
                                const at::Tensor& target) {
  const at::AutoGradMode recording(true);
  const auto input = image.detach().requires_grad_(true);
  const auto score = target_logit(classifier(input), target).sum();
  return torch::autograd::grad({score}, {input}).front();
}

// Sample `number` of one image [1, 1, H, W] -> the same shape.
using Sample = std::function<at::Tensor(const at::Tensor& image, int64_t number)>;

// The gradient averaged over `count` samples of every image. The (image, sample) pairs are laid out
// in one row, so that passes are full whether there are many images or many samples.
at::Tensor mean_gradient(const Classifier& classifier, const at::Tensor& image,
                         const at::Tensor& target, int64_t count, const Sample& sample,
                         int64_t batch_size) {
  auto sum = at::zeros(image.sizes(), image.options().dtype(at::kDouble));
  const auto pairs = image.size(0) * count;
  for (int64_t first = 0; first < pairs; first += batch_size) {
    const auto size = std::min(batch_size, pairs - first);
    std::vector<at::Tensor> inputs;
    for (int64_t pair = first; pair < first + size; ++pair)
      inputs.push_back(sample(image.narrow(0, pair / count, 1), pair % count));
    const auto owner =
        at::arange(first, first + size, target.options()).div(count, /*rounding_mode=*/"floor");
    const auto gradient =
        gradient_of_one_pass(classifier, at::cat(inputs), target.index_select(0, owner));
    sum.index_add_(0, owner, gradient.to(at::kDouble));
  }
  return (sum / static_cast<double>(count)).to(at::kFloat);
}

// Standard normal numbers [1, 1, height, width] f32.
at::Tensor normal_noise(uint64_t seed, int64_t height, int64_t width) {
  const auto noise = at::empty({1, 1, height, width}, at::kFloat);
  auto* values = noise.data_ptr<float>();
  Random random(seed);
  for (int64_t i = 0; i < noise.numel(); ++i) values[i] = static_cast<float>(random.normal());
  return noise;
}

}  // namespace

at::Tensor logit_gradient(const Classifier& classifier, const at::Tensor& image,
                          const at::Tensor& target, const PassOptions& passes) {
  const auto itself = [](const at::Tensor& one, int64_t) { return one; };
  return mean_gradient(classifier, image, target, 1, itself, passes.batch_size);
}

at::Tensor smooth_gradient(const Classifier& classifier, const at::Tensor& image,
                           const at::Tensor& target, const GradientOptions& options,
                           const PassOptions& passes) {
  const auto noisy = [&](const at::Tensor& one, int64_t number) {
    const auto seed =
        derive_seed({static_cast<uint64_t>(passes.seed), static_cast<uint64_t>(number)});
    const auto noise = normal_noise(seed, one.size(2), one.size(3)).to(one.device());
    return one + noise * (options.smoothgrad_noise * (one.max() - one.min()));
  };
  return mean_gradient(classifier, image, target, options.smoothgrad_samples, noisy,
                       passes.batch_size);
}

at::Tensor integrated_gradients(const Classifier& classifier, const at::Tensor& image,
                                const at::Tensor& target, const GradientOptions& options,
                                const PassOptions& passes) {
  const auto steps = options.integrated_gradients_steps;
  const auto on_path = [steps](const at::Tensor& one, int64_t number) {
    return one * ((static_cast<double>(number) + 0.5) / static_cast<double>(steps));
  };
  return image * mean_gradient(classifier, image, target, steps, on_path, passes.batch_size);
}

}  // namespace cxrnet::explain
