#include "cxrnet/explain/agreement.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <string>
#include <tuple>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "heat_check.h"

namespace cxrnet::explain {
namespace {

constexpr int64_t kWindow = 11;
constexpr double kDeviation = 1.5;  // pixels
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

// Weighted means over the window at every position inside the image.
at::Tensor windowed(const at::Tensor& values) {
  const auto offset = at::arange(kWindow, at::kDouble) - static_cast<double>(kWindow - 1) / 2.0;
  auto profile = at::exp(-offset.square() / (2 * kDeviation * kDeviation));
  profile = profile / profile.sum();
  return at::conv2d(at::conv2d(values, profile.view({1, 1, 1, kWindow})),
                    profile.view({1, 1, kWindow, 1}));
}

at::Tensor similarity(const at::Tensor& a, const at::Tensor& b) {
  const auto mean_a = windowed(a);
  const auto mean_b = windowed(b);
  const auto variance_a = windowed(a * a) - mean_a * mean_a;
  const auto variance_b = windowed(b * b) - mean_b * mean_b;
  const auto covariance = windowed(a * b) - mean_a * mean_b;
  const auto luminance = (2 * mean_a * mean_b + kC1) / (mean_a * mean_a + mean_b * mean_b + kC1);
  const auto structure = (2 * covariance + kC2) / (variance_a + variance_b + kC2);
  return (luminance * structure).flatten(1).mean(1);
}

}  // namespace

std::vector<metrics::Figure> structural_similarity(const at::Tensor& a, const at::Tensor& b) {
  require_heat(a, "first map");
  require_heat(b, "second map");
  require_same_shape(a, b, "second map");
  if (a.size(2) < kWindow || a.size(3) < kWindow) {
    throw Error(ErrorCode::invalid_shape, "maps: expected at least 11 x 11 pixels, got " +
                                              std::to_string(a.size(2)) + " x " +
                                              std::to_string(a.size(3)) + "; take larger maps");
  }
  const auto values = similarity(a.to(at::kDouble), b.to(at::kDouble));
  std::vector<metrics::Figure> figures;
  for (int64_t n = 0; n < values.size(0); ++n) {
    figures.push_back(metrics::defined(values[n].item<double>()));
  }
  return figures;
}

at::Tensor mean_ranks(const at::Tensor& values) {
  require_shape(values, {-1, -1}, "values");
  auto ranks = at::empty(values.sizes(), at::kDouble);
  for (int64_t n = 0; n < values.size(0); ++n) {
    const auto [sorted, order] = values[n].sort();
    const auto [distinct, group, count] =
        at::unique_consecutive(sorted, /*return_inverse=*/true, /*return_counts=*/true);
    const auto size = count.to(at::kDouble);
    const auto mean_rank = size.cumsum(0) - (size - 1) / 2;  // the last rank less half the others
    ranks[n].scatter_(0, order, mean_rank.index_select(0, group));
  }
  return ranks;
}

std::vector<metrics::Figure> rank_correlation(const at::Tensor& a, const at::Tensor& b) {
  require_same_shape(a, b, "second map");
  const auto centred = [](const at::Tensor& map) {
    const auto ranks = mean_ranks(map.flatten(1));
    return ranks - static_cast<double>(ranks.size(1) + 1) / 2;  // the exact mean of ranks
  };
  const auto x = centred(a);
  const auto y = centred(b);
  const auto covariance = (x * y).sum(1);
  const auto spread = (x.square().sum(1) * y.square().sum(1)).sqrt();
  std::vector<metrics::Figure> figures;
  for (int64_t n = 0; n < covariance.size(0); ++n) {
    figures.push_back(metrics::ratio(covariance[n].item<double>(), spread[n].item<double>(),
                                     "a map is constant and ranks nothing"));
  }
  return figures;
}

}  // namespace cxrnet::explain
