#include "stages/checkerboard.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <limits>
#include <numbers>

#include "cxrnet/core/shape.h"

namespace cxrnet::study {
namespace {

struct Dft {
  at::Tensor cosine, sine;  // [n, n] f64, row k is frequency k
  at::Tensor high;          // [n] bool: at least 7/8 of the highest frequency, 1/2 per pixel
};

// As a matrix, since Debian's libtorch need not have a library for it.
Dft make_dft(int64_t n) {
  constexpr double kHigh = 7.0 / 16.0;
  const auto index = at::arange(n, at::TensorOptions().dtype(at::kDouble));
  const auto angle = index.outer(index) * (2.0 * std::numbers::pi / static_cast<double>(n));
  const auto frequency =
      at::minimum(index, static_cast<double>(n) - index) / static_cast<double>(n);
  return {.cosine = angle.cos(), .sine = angle.sin(), .high = frequency.ge(kHigh)};
}

}  // namespace

at::Tensor checkerboard_energy(const at::Tensor& image) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  const auto down = make_dft(image.size(2));
  const auto across = make_dft(image.size(3));
  const auto pixels = image.squeeze(1).to(at::kDouble);
  const auto centred = pixels - pixels.mean({1, 2}, /*keepdim=*/true);
  const auto cosine_down = down.cosine.matmul(centred);
  const auto sine_down = down.sine.matmul(centred);
  const auto real = cosine_down.matmul(across.cosine.t()) - sine_down.matmul(across.sine.t());
  const auto imaginary = cosine_down.matmul(across.sine.t()) + sine_down.matmul(across.cosine.t());
  const auto power = real.square() + imaginary.square();  // [N, H, W]
  const auto is_high = down.high.unsqueeze(1).logical_or(across.high.unsqueeze(0));
  const auto total = power.sum({1, 2});
  const auto share = power.mul(is_high).sum({1, 2}) / total;
  const auto variance = centred.square().mean({1, 2});
  constexpr double kConstant = 1e-14;  // rounding of f32 pixels
  return share.masked_fill(variance.lt(kConstant), std::numeric_limits<double>::quiet_NaN());
}

}  // namespace cxrnet::study
