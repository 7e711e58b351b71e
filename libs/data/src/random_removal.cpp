// Removal of random parts: with it, the answer to an incomplete image means something, so that
// explanations can be judged by removing pixels (Hooker et al. 2019 on why that matters).
#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "cxrnet/nn/blur.h"
#include "erase_source.h"

namespace cxrnet::data {
namespace {

constexpr int64_t kFieldCells = 4;  // a smooth region spans about a quarter of the image

at::Tensor uniform_field(int64_t cells, Random& random) {
  auto field = at::empty({cells, cells}, at::TensorOptions().dtype(at::kFloat));
  std::generate_n(field.data_ptr<float>(), field.numel(),
                  [&] { return static_cast<float>(random.uniform()); });
  return field;
}

}  // namespace

at::Tensor erase_source(const at::Tensor& image, EraseFill fill, Random& random) {
  if (fill == EraseFill::any) fill = static_cast<EraseFill>(random.index(3));
  switch (fill) {
    case EraseFill::zero:
      return at::zeros_like(image);
    case EraseFill::mean:
      return image.mean().expand_as(image);
    case EraseFill::blur:
    case EraseFill::any:
      return nn::strong_blur(image.unsqueeze(0)).squeeze(0);
  }
  return image;
}

at::Tensor random_cells(int64_t cells, double share, double connected, Random& random) {
  const auto smooth = at::upsample_bilinear2d(
                          uniform_field(kFieldCells, random).view({1, 1, kFieldCells, kFieldCells}),
                          {cells, cells}, /*align_corners=*/false)
                          .view({cells, cells});
  const auto field =
      smooth.mul(connected).add(uniform_field(cells, random), 1.0 - connected).flatten();
  const auto count = std::llround(share * static_cast<double>(cells * cells));
  auto removed = at::zeros({cells * cells}, at::TensorOptions().dtype(at::kBool));
  removed.index_fill_(0, field.argsort(/*dim=*/0, /*descending=*/true).slice(0, 0, count), true);
  return removed.view({cells, cells});
}

Sample remove_part(const Sample& sample, const AugmentationOptions& options, Random& random) {
  if (random.uniform() >= options.removal_probability) return sample;
  Sample result = sample;
  const auto source = erase_source(sample.image, EraseFill::any, random);
  if (random.uniform() < options.removal_everything) {
    result.image = source.clone();
    result.is_blank = true;
    return result;
  }
  const double share = random.uniform();
  const double connected = random.uniform();
  const auto cells = random_cells(kRemovalCells, share, connected, random);
  const auto pixels =
      at::upsample_nearest2d(cells.to(at::kFloat).view({1, 1, kRemovalCells, kRemovalCells}),
                             sample.image.sizes().slice(1))
          .squeeze(0);
  result.image = at::where(pixels > 0.5, source, sample.image);
  return result;
}

}  // namespace cxrnet::data
