#include "cxrnet/explain/imputation.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include "cxrnet/core/random.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/nn/blur.h"

namespace cxrnet::explain {
namespace {

// One field of noise per image, from a generator of its own: torch's default one stays as it is.
at::Tensor road_noise(const at::Tensor& image, uint64_t seed) {
  std::vector<at::Tensor> fields;
  for (int64_t i = 0; i < image.size(0); ++i) {
    auto generator = at::detail::createCPUGenerator(derive_seed({seed, static_cast<uint64_t>(i)}));
    fields.push_back(at::randn({1, image.size(2), image.size(3)}, generator, at::kFloat));
  }
  return fields.empty() ? at::empty_like(image) : at::stack(fields) * kRoadNoise;
}

at::Tensor make_background(const at::Tensor& image, Imputation imputation, uint64_t seed) {
  switch (imputation) {
    case Imputation::zero:
      return at::zeros_like(image);
    case Imputation::blur:
      return nn::strong_blur(image);
    case Imputation::road:
      return road_noise(image, seed);
  }
  return {};
}

}  // namespace

Imputer::Imputer(at::Tensor image, Imputation imputation, uint64_t seed)
    : image_(std::move(image)), imputation_(imputation) {
  require_shape(image_, {-1, 1, -1, -1}, "image");
  require_dtype(image_, at::kFloat, "image");
  const at::NoGradGuard no_grad;
  background_ = make_background(image_, imputation, seed);
}

at::Tensor Imputer::fill(const at::Tensor& item, const at::Tensor& removed) const {
  require_shape(item, {-1}, "item");
  require_shape(removed, {item.size(0), 1, image_.size(2), image_.size(3)}, "removed");
  const at::NoGradGuard no_grad;
  const auto image = image_.index_select(0, item);
  const auto background = background_.index_select(0, item);
  if (imputation_ != Imputation::road) return at::where(removed, background, image);
  const auto noisy = (impute_linearly(image, removed) + background).clamp(0, 1);
  return at::where(removed, noisy, image);
}

}  // namespace cxrnet::explain
