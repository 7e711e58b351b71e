#include "cxrnet/explain/removal.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"
#include "cxrnet/core/shape.h"
#include "heat_check.h"

namespace cxrnet::explain {
namespace {

constexpr uint64_t kTieSeed = 20;  // any constant: changing it changes figures in the last digits

// The order in which equal values go: a permutation of 0 … size − 1.
at::Tensor tie_order(int64_t size) {
  const auto order = Random(derive_seed({kTieSeed, static_cast<uint64_t>(size)})).permutation(size);
  auto tensor = at::empty({size}, at::kLong);
  std::copy(order.begin(), order.end(), tensor.data_ptr<int64_t>());
  return tensor;
}

// k / levels for k = first … last, each the float nearest to the fraction, so that a heat written
// as 0.9f is at least the threshold 1 − 0.1.
at::Tensor fractions(int64_t first, int64_t last, int64_t levels) {
  const auto numerator = at::arange(first, last + 1, at::kDouble);
  return (numerator / static_cast<double>(levels)).to(at::kFloat);
}

// DEVIATION: adr-022, f(x) removes all heat of at least 1 - x, not the heat x alone.
at::Tensor threshold_levels(const at::Tensor& heat, RemovalOrder order, int64_t levels) {
  if (order == RemovalOrder::most_relevant_first) {
    // The first k with heat >= 1 − k / levels, from the number of thresholds that heat reaches.
    return levels + 1 -
           at::bucketize(heat, fractions(0, levels - 1, levels), /*out_int32=*/true,
                         /*right=*/true);
  }
  return 1 + at::bucketize(heat, fractions(1, levels - 1, levels), /*out_int32=*/true,
                           /*right=*/false);
}

// The first level whose share of `size` items, rounded, goes beyond the rank.
at::Tensor levels_of_ranks(const at::Tensor& ranks, int64_t size, int64_t levels) {
  auto counts = at::empty({levels - 1}, at::kLong);
  for (int64_t k = 1; k < levels; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(levels);
    counts[k - 1] = static_cast<int64_t>(std::llround(share * static_cast<double>(size)));
  }
  return 1 + at::bucketize(ranks, counts, /*out_int32=*/true, /*right=*/true);
}

at::Tensor rank_levels(const at::Tensor& heat, RemovalOrder order, int64_t levels) {
  const auto flat = heat.flatten(1);
  return levels_of_ranks(removal_ranks(flat, order), flat.size(1), levels).view_as(heat);
}

// The block of each pixel along an axis of `size` pixels.
at::Tensor block_of_pixel(int64_t size, int64_t grid) {
  return at::floor_divide(at::arange(size, at::kLong) * grid, size);
}

at::Tensor block_levels(const at::Tensor& heat, RemovalOrder order, int64_t levels, int64_t grid) {
  const int64_t height = heat.size(2);
  const int64_t width = heat.size(3);
  if (height < grid || width < grid) {
    const auto side = std::to_string(grid);
    throw Error(ErrorCode::invalid_shape, "heat: expected at least " + side + " x " + side +
                                              " pixels for blocks, got " + std::to_string(height) +
                                              " x " + std::to_string(width) +
                                              "; take a coarser grid or the rank form");
  }
  const auto row_block = block_of_pixel(height, grid);
  const auto column_block = block_of_pixel(width, grid);
  const auto row_is_in = at::one_hot(row_block, grid).to(at::kDouble);        // [H, grid]
  const auto column_is_in = at::one_hot(column_block, grid).to(at::kDouble);  // [W, grid]
  const auto pixels = at::outer(row_is_in.sum(0), column_is_in.sum(0));
  const auto mean =
      row_is_in.t().matmul(heat.squeeze(1).to(at::kDouble)).matmul(column_is_in) / pixels;
  const auto of_block = levels_of_ranks(removal_ranks(mean.flatten(1), order), grid * grid, levels)
                            .view({-1, 1, grid, grid});
  return of_block.index_select(2, row_block).index_select(3, column_block);
}

}  // namespace

at::Tensor removal_ranks(const at::Tensor& values, RemovalOrder order) {
  require_shape(values, {-1, -1}, "values");
  const auto ties = tie_order(values.size(1));
  const auto sorted = at::argsort(values.index_select(1, ties), /*stable=*/true, /*dim=*/1,
                                  order == RemovalOrder::most_relevant_first);
  const auto place = at::arange(values.size(1), at::kLong).expand_as(sorted);
  const auto item = at::take(ties, sorted);
  return at::empty_like(item).scatter_(1, item, place);
}

at::Tensor removal_levels(const at::Tensor& heat, RemovalForm form, RemovalOrder order,
                          int64_t levels, int64_t grid) {
  require_heat(heat);
  if (levels < 1 || levels > kMaxRemovalLevels) {
    throw Error(ErrorCode::invalid_option,
                "levels: expected 1 to 100, got " + std::to_string(levels) + "; 10 is the paper's");
  }
  if (grid < kLeastRemovalGrid || grid > kMaxRemovalGrid) {
    throw Error(ErrorCode::invalid_option, "grid: expected 2 to 64 blocks a side, got " +
                                               std::to_string(grid) + "; 16 is the default");
  }
  switch (form) {
    case RemovalForm::threshold:
      return threshold_levels(heat, order, levels).to(at::kByte);
    case RemovalForm::rank:
      return rank_levels(heat, order, levels).to(at::kByte);
    case RemovalForm::block:
      return block_levels(heat, order, levels, grid).to(at::kByte);
  }
  throw Error(ErrorCode::internal, "removal form: expected a known one, got another; report it");
}

}  // namespace cxrnet::explain
