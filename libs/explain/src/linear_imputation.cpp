// ROAD's linear system, solved for a batch of images at once.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <limits>

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

// The system of some images at once: A u = right over the removed pixels.
struct System {
  at::Tensor holes;   // [N, 1, H, W] f32, 1 where a pixel is removed
  at::Tensor right;   // [N, 1, H, W] f32, 0 beside the holes
  at::Tensor weight;  // [1, 1, H, W] f32: d, 1 off the border

  at::Tensor apply(const at::Tensor& u) const { return holes * (weight * u - neighbour_sum(u)); }
  System rows(const at::Tensor& index) const {
    return {holes.index_select(0, index), right.index_select(0, index), weight};
  }
};

// What conjugate gradients carry from step to step, of the images that are not done.
struct Descent {
  at::Tensor item;  // [M] i64, their places among all
  System system;
  at::Tensor u, residual, direction;  // [M, 1, H, W] f32
  at::Tensor slope;                   // [M, 1, 1, 1] f32: residual times preconditioned residual
  at::Tensor enough;                  // [M, 1, 1, 1] f32: the squared residual to stop at

  void keep(const at::Tensor& rows) {
    system = system.rows(rows);
    for (auto* part : {&item, &u, &residual, &direction, &slope, &enough})
      *part = part->index_select(0, rows);
  }
};

// From the given start, or from 0 for an image where that is nearer to the solution: beside black
// pixels the means of coarser scales know nothing, and only from 0 a residual falls in proportion
// to a small right-hand side.
Descent start_descent(const System& system, const at::Tensor& start) {
  const auto& right = system.right;
  const auto of_start = right - system.apply(start);
  const auto helps = item_dot(of_start, of_start) < item_dot(right, right);
  const auto residual = at::where(helps, of_start, right);
  const auto direction = residual / system.weight;
  return {.item = at::arange(right.size(0), at::kLong),
          .system = system,
          .u = at::where(helps, start, at::zeros_like(start)),
          .residual = residual,
          .direction = direction,
          .slope = item_dot(residual, direction),
          .enough = item_dot(right, right) * (kRoadTolerance * kRoadTolerance)};
}

void take_step(Descent& descent) {
  const auto image_of_direction = descent.system.apply(descent.direction);
  const auto step = descent.slope / item_dot(descent.direction, image_of_direction);
  descent.u = descent.u + step * descent.direction;
  descent.residual = descent.residual - step * image_of_direction;
  const auto preconditioned = descent.residual / descent.system.weight;
  const auto slope = item_dot(descent.residual, preconditioned);
  descent.direction = preconditioned + slope / descent.slope * descent.direction;
  descent.slope = slope;
}

// Each image stops by itself: what it becomes does not depend on the others, and one whose
// right-hand side is 0 has the solution 0 and takes no step.
at::Tensor solve(const System& system, const at::Tensor& start) {
  auto solution = at::empty_like(start);
  auto descent = start_descent(system, start);
  for (int64_t i = 0; descent.item.size(0) > 0; ++i) {
    const auto open = item_dot(descent.residual, descent.residual) > descent.enough;
    const auto done = open.logical_not().flatten();
    if (done.any().item<bool>()) {
      const auto rows = done.nonzero().flatten();
      solution.index_copy_(0, descent.item.index_select(0, rows), descent.u.index_select(0, rows));
      descent.keep(done.logical_not().nonzero().flatten());
      continue;
    }
    if (i >= kMaxIterations) {
      throw Error(ErrorCode::internal,
                  "ROAD imputation: expected to converge, got no end after 4000 steps; report it");
    }
    take_step(descent);
  }
  return solution;
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
  const auto right = holes * neighbour_sum(known * image);
  // In units of the largest entry: squares of grey values of any size stay inside f32.
  const auto largest = right.amax(kItemDims, /*keepdim=*/true);
  const auto unit =
      at::where(largest >= std::numeric_limits<float>::min(), largest, at::ones_like(largest));
  const System system{.holes = holes,
                      .right = at::where(largest == unit, right / unit, at::zeros_like(right)),
                      .weight = neighbour_sum(at::ones_like(image.slice(0, 0, 1)))};
  const auto u = unit * solve(system, holes * coarse_start(image, known) / unit);
  const auto mean = image.mean(kItemDims, /*keepdim=*/true);
  return at::where(all_removed, mean, at::where(removed, u, image));
}

}  // namespace cxrnet::explain
