#include "cxrnet/explain/perturbation.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "heat_check.h"
#include "judged_states.h"

namespace cxrnet::explain {
namespace {

constexpr int64_t kImagesAtOnce = 64;  // bounds the memory of levels and backgrounds

at::Tensor as_curves(const at::Tensor& curves) {
  require_shape(curves, {-1, -1}, "curves");
  if (curves.size(1) < 2) {
    throw Error(ErrorCode::invalid_shape,
                "curves: expected two levels or more, got fewer; compute them again");
  }
  return curves.to(at::kDouble);
}

at::Tensor drops(const at::Tensor& curves) { return curves.slice(1, 0, 1) - curves; }

}  // namespace

at::Tensor perturbation_curves(const Classifier& judge, const at::Tensor& image,
                               const at::Tensor& heat, const at::Tensor& target,
                               const CurveOptions& options) {
  validate(options);
  require_same_shape(heat, image, "image");
  require_shape(target, {image.size(0)}, "target");
  require_dtype(target, at::kLong, "target");
  std::vector<at::Tensor> curves;
  int64_t judged = 0;
  for (int64_t start = 0; start < image.size(0); start += kImagesAtOnce) {
    const auto part = [&](const at::Tensor& all) {
      return all.slice(0, start, start + kImagesAtOnce);
    };
    KnownScores known;
    curves.push_back(
        judge_states(judge, part(image), part(heat), part(target), options, known, judged));
  }
  return curves.empty() ? at::empty({0, options.levels + 1}, at::kDouble) : at::cat(curves);
}

// DEVIATION: adr-022, eq. (12) divided by the number of images: callers take the mean.
at::Tensor aoppc(const at::Tensor& curves) { return drops(as_curves(curves)).slice(1, 1).mean(1); }

at::Tensor area_under(const at::Tensor& curves) {
  const auto p = as_curves(curves);
  const auto middle = p.slice(1, 1, -1).sum(1);
  const auto ends = p.select(1, 0) + p.select(1, -1);
  return (middle + ends / 2) / (p.size(1) - 1);
}

at::Tensor area_over(const at::Tensor& curves) { return area_under(drops(as_curves(curves))); }

metrics::Figure normalised_aoppc(const at::Tensor& curves, std::span<const int32_t> weights) {
  const auto area = aoppc(curves).contiguous();
  const auto p = as_curves(curves);
  const auto drop = (p.select(1, 0) - p.select(1, -1)).contiguous();
  double areas = 0.0;
  double reached = 0.0;
  double images = 0.0;
  for (int64_t i = 0; i < area.size(0); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[static_cast<std::size_t>(i)];
    areas += weight * area.data_ptr<double>()[i];
    reached += weight * drop.data_ptr<double>()[i];
    images += weight;
  }
  if (images == 0.0) return metrics::undefined("no images");
  if (reached / images < kLeastDrop) {
    return metrics::undefined("removing the whole image does not lower the score");
  }
  return metrics::defined(areas / reached);
}

}  // namespace cxrnet::explain
