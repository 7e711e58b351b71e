#include "cxrnet/data/augmentation.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "cxrnet/core/shape.h"
#include "erase_source.h"

namespace cxrnet::data {
namespace {

constexpr double kBlack = 5.0 / 255.0;  // JPEG leaves a black background a little above 0
constexpr double kSmallestErasedArea = 0.02;

enum InterpolationMode : int64_t { bilinear = 0, nearest = 1 };  // ATen's numbers for grid_sampler
constexpr int64_t kPadWithZeros = 0;

double radians(double degrees) { return degrees * std::numbers::pi / 180.0; }

double around_zero(Random& random, double largest) { return random.uniform(-largest, largest); }

// Applies `second` to the result of `first`.
Affine compose(const Affine& second, const Affine& first) {
  const auto& [a, b, c, d, e, f] = second;
  const auto& [g, h, i, j, k, l] = first;
  return {a * g + b * j, a * h + b * k, a * i + b * l + c,
          d * g + e * j, d * h + e * k, d * i + e * l + f};
}

// 1 where the image shows something, 0 where it is black; undefined when black may change.
at::Tensor foreground(const at::Tensor& image, bool keep_black) {
  return keep_black ? image.gt(kBlack).to(at::kFloat) : at::Tensor();
}

void restore_black(at::Tensor& image, const at::Tensor& foreground) {
  if (foreground.defined()) image.mul_(foreground);
}

struct Rectangle {
  int64_t top, left, height, width;
};

// Area uniform up to the largest, aspect log-uniform between 1:3 and 3:1 (Zhong et al. 2020), place
// uniform.
Rectangle random_rectangle(int64_t side, double largest_area, Random& random) {
  const double smallest_area = std::min(kSmallestErasedArea, largest_area);
  const double area = random.uniform(smallest_area, largest_area);
  const double aspect = std::exp(around_zero(random, std::log(3.0)));
  const auto pixels = [&](double part) {
    return std::clamp<int64_t>(std::llround(part * static_cast<double>(side)), 1, side);
  };
  const int64_t height = pixels(std::sqrt(area * aspect));
  const int64_t width = pixels(area * static_cast<double>(side) / static_cast<double>(height));
  const auto top = static_cast<int64_t>(random.index(static_cast<std::size_t>(side - height + 1)));
  const auto left = static_cast<int64_t>(random.index(static_cast<std::size_t>(side - width + 1)));
  return {top, left, height, width};
}

void require_sample(const Sample& sample) {
  require_shape(sample.image, {1, -1, -1}, "image");
  require_dtype(sample.image, at::kFloat, "image");
  require_shape(sample.image, {1, sample.image.size(1), sample.image.size(1)}, "square image");
  if (sample.mask.defined())
    require_shape(sample.mask, {1, sample.image.size(1), sample.image.size(1)}, "mask");
}

// For each image of a batch the one that it is mixed with: [images] i64.
at::Tensor random_partners(int64_t images, Random& random) {
  const auto order = random.permutation(static_cast<std::size_t>(images));
  auto partners = at::empty({images}, at::TensorOptions().dtype(at::kLong));
  std::copy(order.begin(), order.end(), partners.data_ptr<int64_t>());
  return partners;
}

bool is_identity(const Affine& affine) { return affine == kIdentityAffine; }

}  // namespace

Sample augment(const Sample& sample, const AugmentationOptions& options, Random& random) {
  require_sample(sample);
  Sample result = warp(sample, random_affine(options, random));
  result.image = adjust_intensity(result.image, options, random);
  result.image = add_noise(result.image, options, random);
  result.image = erase_rectangles(result.image, options, random);
  return remove_part(result, options, random);
}

Affine random_affine(const AugmentationOptions& options, Random& random) {
  const double angle = radians(around_zero(random, options.rotation_degrees));
  const double zoom = random.uniform(1.0 - options.scale, 1.0 + options.scale);
  const double stretch = std::sqrt(random.uniform(1.0 - options.stretch, 1.0 + options.stretch));
  const double shear = std::tan(radians(around_zero(random, options.shear_degrees)));
  const double shift_x = around_zero(random, 2.0 * options.translate);  // the side is 2 long
  const double shift_y = around_zero(random, 2.0 * options.translate);
  const double crop_side = std::sqrt(random.uniform(options.crop_area, 1.0));
  const double crop_x = around_zero(random, 1.0 - crop_side);
  const double crop_y = around_zero(random, 1.0 - crop_side);
  const double mirror = random.uniform() < options.flip_probability ? -1.0 : 1.0;

  // From the output position backwards to the input position.
  Affine affine{crop_side, 0, crop_x, 0, crop_side, crop_y};
  affine = compose({1, 0, -shift_x, 0, 1, -shift_y}, affine);
  affine =
      compose({std::cos(angle), -std::sin(angle), 0, std::sin(angle), std::cos(angle), 0}, affine);
  affine = compose({1, shear, 0, 0, 1, 0}, affine);
  affine = compose({1.0 / (zoom * stretch), 0, 0, 0, stretch / zoom, 0}, affine);
  return compose({mirror, 0, 0, 0, 1, 0}, affine);
}

Sample warp(const Sample& sample, const Affine& affine) {
  if (is_identity(affine)) return sample;
  const auto side = sample.image.size(1);
  auto theta = at::empty({1, 2, 3}, at::TensorOptions().dtype(at::kFloat));
  std::transform(affine.begin(), affine.end(), theta.data_ptr<float>(),
                 [](double value) { return static_cast<float>(value); });
  const auto grid = at::affine_grid_generator(theta, {1, 1, side, side}, /*align_corners=*/false);
  const auto resample = [&](const at::Tensor& input, InterpolationMode mode) {
    return at::grid_sampler_2d(input.unsqueeze(0), grid, mode, kPadWithZeros,
                               /*align_corners=*/false)
        .squeeze(0);
  };
  Sample result{.image = resample(sample.image, bilinear), .mask = {}};
  if (sample.mask.defined()) result.mask = resample(sample.mask, nearest);
  return result;
}

at::Tensor adjust_intensity(const at::Tensor& image, const AugmentationOptions& options,
                            Random& random) {
  const double gain = random.uniform(1.0 - options.brightness, 1.0 + options.brightness);
  const double spread = random.uniform(1.0 - options.contrast, 1.0 + options.contrast);
  const double exponent = std::exp(around_zero(random, std::log1p(options.gamma)));
  if (gain == 1.0 && spread == 1.0 && exponent == 1.0) return image;
  const auto shown = foreground(image, options.keep_black);
  const double area = shown.defined() ? std::max(1.0, shown.sum().item<double>())
                                      : static_cast<double>(image.numel());
  const double mean = image.sum().item<double>() / area;
  // gain · (mean + spread · (x − mean)), as one multiplication and one addition
  auto result =
      image.mul(gain * spread).add_(gain * (1.0 - spread) * mean).clamp_(0.0, 1.0).pow_(exponent);
  restore_black(result, shown);
  return result;
}

at::Tensor add_noise(const at::Tensor& image, const AugmentationOptions& options, Random& random) {
  const double deviation = random.uniform(0.0, options.noise);
  const uint64_t field_seed = random.bits();
  if (deviation == 0.0) return image;
  auto generator = at::detail::createCPUGenerator(field_seed);
  auto result =
      at::empty_like(image).normal_(0.0, deviation, generator).add_(image).clamp_(0.0, 1.0);
  restore_black(result, foreground(image, options.keep_black));
  return result;
}

at::Tensor erase_rectangles(const at::Tensor& image, const AugmentationOptions& options,
                            Random& random) {
  if (random.uniform() >= options.erase_probability) return image;
  const auto count = 1 + random.index(static_cast<std::size_t>(options.erase_count));
  const auto source = erase_source(image, options.erase_fill, random);
  auto result = image.clone();
  for (std::size_t i = 0; i < count; ++i) {
    const auto [top, left, height, width] =
        random_rectangle(image.size(1), options.erase_area, random);
    const auto cut = [&, top = top, left = left, height = height,
                      width = width](const at::Tensor& from) {
      return from.narrow(1, top, height).narrow(2, left, width);
    };
    cut(result).copy_(cut(source));
  }
  return result;
}

void mixup(at::Tensor& images, at::Tensor& targets, at::Tensor& masks, double alpha,
           Random& random) {
  if (alpha == 0.0) return;
  const double weight = random.beta(alpha, alpha);
  const auto partners = random_partners(images.size(0), random);
  for (auto* tensor : {&images, &targets, &masks}) {
    if (tensor->defined())
      *tensor = tensor->mul(weight).add_(tensor->index_select(0, partners), 1.0 - weight);
  }
}

void cutmix(at::Tensor& images, at::Tensor& targets, at::Tensor& masks, Random& random) {
  const auto partners = random_partners(images.size(0), random);
  const int64_t side = images.size(2);
  const double half = std::sqrt(random.uniform()) / 2.0;
  const auto span = [&] {  // [first, last) along one axis
    const double centre = random.uniform();
    const auto pixel = [&](double place) {
      return std::llround(std::clamp(place, 0.0, 1.0) * static_cast<double>(side));
    };
    return std::pair<int64_t, int64_t>{pixel(centre - half), pixel(centre + half)};
  };
  const auto [top, bottom] = span();
  const auto [left, right] = span();
  const auto cut = [&, top = top, bottom = bottom, left = left,
                    right = right](const at::Tensor& from) {
    return from.slice(2, top, bottom).slice(3, left, right);
  };
  for (auto* tensor : {&images, &masks}) {
    if (!tensor->defined()) continue;
    const auto original = *tensor;
    *tensor = original.clone();
    cut(*tensor).copy_(cut(original.index_select(0, partners)));
  }
  const double area =
      static_cast<double>((bottom - top) * (right - left)) / static_cast<double>(side * side);
  targets = targets.mul(1.0 - area).add_(targets.index_select(0, partners), area);
}

void mix_batch(at::Tensor& images, at::Tensor& targets, at::Tensor& masks,
               const AugmentationOptions& options, Random& random) {
  if (options.cutmix_probability > 0.0 && random.uniform() < options.cutmix_probability) {
    cutmix(images, targets, masks, random);
  } else {
    mixup(images, targets, masks, options.mixup_alpha, random);
  }
}

}  // namespace cxrnet::data
