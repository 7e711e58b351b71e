#include "cxrnet/explain/masking_maps.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cxrnet/core/random.h"
#include "cxrnet/explain/heat_map.h"

namespace cxrnet::explain {
namespace {

int64_t ceil_divide(int64_t dividend, int64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

// One mask [1, 1, height, width]: the enlarged grid has a cell more than the image needs, which
// leaves room for the random place.
at::Tensor rise_mask(uint64_t seed, int64_t height, int64_t width, const MaskingOptions& options) {
  Random random(seed);
  const auto side = options.rise_grid + 1;
  const auto grid = at::empty({1, 1, side, side}, at::kFloat);
  auto* cells = grid.data_ptr<float>();
  for (int64_t i = 0; i < grid.numel(); ++i)
    cells[i] = random.uniform() < options.rise_keep ? 1.0F : 0.0F;
  const auto cell_height = ceil_divide(height, options.rise_grid);
  const auto cell_width = ceil_divide(width, options.rise_grid);
  const auto top = static_cast<int64_t>(random.index(static_cast<std::size_t>(cell_height)));
  const auto left = static_cast<int64_t>(random.index(static_cast<std::size_t>(cell_width)));
  return upsample_map(grid, side * cell_height, side * cell_width)
      .narrow(2, top, height)
      .narrow(3, left, width);
}

// The target's logit of every masked copy of one image: [masks] f64.
at::Tensor masked_logits(const Classifier& classifier, const at::Tensor& masked,
                         const at::Tensor& target) {
  return target_logit(classifier(masked), target.expand({masked.size(0)})).to(at::kDouble);
}

// The first pixel of every square along one side.
std::vector<int64_t> starts(int64_t length, int64_t window, int64_t stride) {
  std::vector<int64_t> result;
  for (int64_t start = 0; start + window < length; start += stride) result.push_back(start);
  result.push_back(length - window);
  return result;
}

// 1 where a square hides the image: [squares, 1, height, width] f32.
at::Tensor occlusion_squares(int64_t height, int64_t width, const MaskingOptions& options) {
  const auto rows = std::min(options.occlusion_window, height);
  const auto columns = std::min(options.occlusion_window, width);
  std::vector<at::Tensor> squares;
  for (const auto top : starts(height, rows, std::min(options.occlusion_stride, rows))) {
    for (const auto left : starts(width, columns, std::min(options.occlusion_stride, columns))) {
      squares.push_back(at::zeros({1, 1, height, width}));
      squares.back().narrow(2, top, rows).narrow(3, left, columns).fill_(1.0);
    }
  }
  return at::cat(squares);
}

}  // namespace

at::Tensor rise_masks(int64_t first, int64_t count, int64_t height, int64_t width,
                      const MaskingOptions& options, uint64_t seed) {
  std::vector<at::Tensor> masks;
  for (int64_t number = first; number < first + count; ++number) {
    const auto mask_seed = derive_seed({seed, static_cast<uint64_t>(number)});
    masks.push_back(rise_mask(mask_seed, height, width, options));
  }
  return at::cat(masks);
}

at::Tensor rise(const Classifier& classifier, const at::Tensor& image, const at::Tensor& target,
                const MaskingOptions& options, const PassOptions& passes) {
  const at::NoGradGuard no_gradient;
  const auto height = image.size(2);
  const auto width = image.size(3);
  auto weighted = at::zeros(image.sizes(), image.options().dtype(at::kDouble));
  auto total = at::zeros({1, 1, height, width}, weighted.options());
  // Masks outside, images inside: a mask is drawn once, and never are all of them in memory.
  for (int64_t first = 0; first < options.rise_masks; first += passes.batch_size) {
    const auto count = std::min(passes.batch_size, options.rise_masks - first);
    const auto masks =
        rise_masks(first, count, height, width, options, static_cast<uint64_t>(passes.seed))
            .to(image.device());
    const auto wide_masks = masks.to(at::kDouble);
    total += wide_masks.sum(0, /*keepdim=*/true);
    for (int64_t n = 0; n < image.size(0); ++n) {
      const auto logits = masked_logits(classifier, image[n] * masks, target.narrow(0, n, 1));
      weighted[n] += at::tensordot(logits, wide_masks, {0}, {0});
    }
  }
  return weighted / total.clamp_min(1e-12);  // no mask may have kept a pixel when there are few
}

at::Tensor occlusion(const Classifier& classifier, const at::Tensor& image,
                     const at::Tensor& target, const MaskingOptions& options,
                     const PassOptions& passes) {
  const at::NoGradGuard no_gradient;
  const auto squares = occlusion_squares(image.size(2), image.size(3), options).to(image.device());
  const auto hidden_times = squares.to(at::kDouble).sum(0, /*keepdim=*/true);
  auto fall = at::zeros(image.sizes(), hidden_times.options());
  for (int64_t n = 0; n < image.size(0); ++n) {
    const auto one_target = target.narrow(0, n, 1);
    const auto whole = masked_logits(classifier, image.narrow(0, n, 1), one_target);
    for (int64_t first = 0; first < squares.size(0); first += passes.batch_size) {
      const auto count = std::min(passes.batch_size, squares.size(0) - first);
      const auto part = squares.narrow(0, first, count);
      const auto hidden = image[n] * (1.0 - part) + options.occlusion_fill * part;
      const auto falls = whole - masked_logits(classifier, hidden, one_target);
      fall[n] += at::tensordot(falls, part.to(at::kDouble), {0}, {0});
    }
  }
  return (fall / hidden_times).relu();
}

}  // namespace cxrnet::explain
