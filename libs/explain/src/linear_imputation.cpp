// ROAD's linear system, solved for a batch of images at once.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/explain/imputation.h"

namespace cxrnet::explain {
namespace {

constexpr int64_t kMaxIterations = 4000;
constexpr int64_t kItemDims[] = {1, 2, 3};

// Σ over the neighbours inside the image of weight · value: [N, 1, H, W] -> the same.
at::Tensor neighbour_sum(const at::Tensor& values) {
  const double direct = 1.0 / 6.0;
  const double diagonal = 1.0 / 12.0;
  const auto weights =
      at::tensor({diagonal, direct, diagonal, direct, 0.0, direct, diagonal, direct, diagonal},
                 at::kDouble)
          .to(values.scalar_type())
          .view({1, 1, 3, 3});
  return at::conv2d(values, weights, /*bias=*/{}, /*stride=*/1, /*padding=*/1);
}

at::Tensor item_dot(const at::Tensor& a, const at::Tensor& b) {  // of each item: [N, 1, 1, 1]
  return (a * b).sum(kItemDims, /*keepdim=*/true);
}

// Each removed pixel as the mean of the known ones around it, at the finest scale that has any: a
// start whose large structures are right already, which conjugate gradients find last.
at::Tensor coarse_start(const at::Tensor& image, const at::Tensor& known) {
  auto sums = image * known;
  auto counts = known;
  auto start = image * known;
  auto open = 1 - known;
  while (sums.size(2) > 1 || sums.size(3) > 1) {
    const auto pool = [](const at::Tensor& values) {
      return at::avg_pool2d(values, 2, 2, 0, /*ceil_mode=*/true);
    };
    sums = pool(sums);
    counts = pool(counts);
    const auto mean = sums / counts.clamp_min(1e-12);
    const auto reached = (counts > 0).to(image.scalar_type());
    const at::IntArrayRef size = image.sizes().slice(2);
    const auto fine_reached = at::upsample_nearest2d(reached, size) * open;
    start = start + fine_reached * at::upsample_nearest2d(mean, size);
    open = open - fine_reached;
  }
  return start;
}

}  // namespace

// Row p of the system: d_p u_p − Σ w_pq u_q = Σ w_pk x_k, with u over the removed pixels q, x over
// the known ones k and d_p the weights of p's neighbours inside the image. It is symmetric and
// positive definite as soon as one pixel is known.
at::Tensor impute_linearly(const at::Tensor& image, const at::Tensor& removed) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  require_shape(removed, {image.size(0), 1, image.size(2), image.size(3)}, "removed");
  if (image.numel() == 0) return image;
  const at::NoGradGuard no_grad;
  const auto all_removed = removed.flatten(1).all(1).view({-1, 1, 1, 1});
  const auto holes = removed.logical_and(all_removed.logical_not()).to(image.scalar_type());
  const auto known = 1 - holes;
  const auto weight = neighbour_sum(at::ones_like(image.slice(0, 0, 1)));  // d, 1 off the border
  const auto apply = [&](const at::Tensor& u) { return holes * (weight * u - neighbour_sum(u)); };

  const auto right = holes * neighbour_sum(known * image);
  const auto enough = item_dot(right, right) * (kRoadTolerance * kRoadTolerance);
  auto u = holes * coarse_start(image, known);
  auto residual = right - apply(u);
  auto preconditioned = residual / weight;
  auto direction = preconditioned;
  auto descent = item_dot(residual, preconditioned);
  for (int64_t i = 0; (item_dot(residual, residual) > enough).any().item<bool>(); ++i) {
    if (i == kMaxIterations) {
      throw Error(ErrorCode::internal,
                  "ROAD imputation: expected to converge, got no end after 4000 steps; report it");
    }
    const auto image_of_direction = apply(direction);
    const auto step = descent / item_dot(direction, image_of_direction).clamp_min(1e-30);
    u = u + step * direction;
    residual = residual - step * image_of_direction;
    preconditioned = residual / weight;
    const auto next = item_dot(residual, preconditioned);
    direction = preconditioned + next / descent.clamp_min(1e-30) * direction;
    descent = next;
  }
  const auto mean = image.mean(kItemDims, /*keepdim=*/true);
  return at::where(all_removed, mean, at::where(removed, u, image));
}

}  // namespace cxrnet::explain
