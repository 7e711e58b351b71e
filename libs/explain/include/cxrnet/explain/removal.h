// Which pixels go at which level when an image is taken apart along a heat map (paper, section
// IV-C, eq. 12, and its area-fair forms).
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet {
namespace explain {

/// What "a share x of the map" means.
enum class RemovalForm {
  threshold,  ///< the paper's: pixels whose heat is at least 1 − x. A map that is bright everywhere
              ///< loses everything at once, so that two maps are compared at different areas
  rank,   ///< the brightest round(x · pixels) pixels
  block,  ///< the brightest round(x · g²) blocks of a grid of g x g, by mean heat: equal areas
          ///< without the scattered single pixels that disturb a network by themselves
};

enum class RemovalOrder { most_relevant_first, least_relevant_first };

}  // namespace explain

template <>
struct EnumNames<explain::RemovalForm> {
  static constexpr std::array<std::pair<explain::RemovalForm, std::string_view>, 3> values{
      {{explain::RemovalForm::threshold, "threshold"},
       {explain::RemovalForm::rank, "rank"},
       {explain::RemovalForm::block, "block"}}};
};

template <>
struct EnumNames<explain::RemovalOrder> {
  static constexpr std::array<std::pair<explain::RemovalOrder, std::string_view>, 2> values{
      {{explain::RemovalOrder::most_relevant_first, "most_relevant_first"},
       {explain::RemovalOrder::least_relevant_first, "least_relevant_first"}}};
};

namespace explain {

/// Blocks per side of RemovalForm::block unless another grid is asked for. Block i of a grid g
/// spans the pixels y with ⌊g y / H⌋ = i. Training removes blocks of this grid, too
/// (data::kRemovalCells, nn's selection cells), so that a second one shows what that favours.
inline constexpr int64_t kRemovalGrid = 16;
inline constexpr int64_t kLeastRemovalGrid = 2;
inline constexpr int64_t kMaxRemovalGrid = 64;

inline constexpr int64_t kMaxRemovalLevels = 100;

/// The level 1 … `levels` at which each pixel goes: at level k, x = k / levels, every pixel whose
/// level is at most k is removed. Nothing is removed at level 0, everything at the last one.
/// `heat` [N, 1, H, W] f32 in [0, 1] -> [N, 1, H, W] u8.
/// Least relevant first removes heat of at most x in the threshold form, and the darkest pixels or
/// blocks in the others.
/// Equal heat is told apart by an order of the pixels (blocks) that is drawn at random once and is
/// the same for every image, so that a flat region goes without direction. An H x W has one order
/// for all time.
/// Errors: invalid_shape, also for a block form below `grid` pixels; invalid_option for heat that
/// is not finite or outside [0, 1], levels outside 1 … kMaxRemovalLevels, or a grid outside
/// kLeastRemovalGrid … kMaxRemovalGrid.
at::Tensor removal_levels(const at::Tensor& heat, RemovalForm form, RemovalOrder order,
                          int64_t levels, int64_t grid = kRemovalGrid);

/// The place of each value among all of its row, 0 for the largest (most relevant first) or the
/// smallest: `values` [N, M] -> [N, M] i64. Equal values: as above. Errors: invalid_shape.
at::Tensor removal_ranks(const at::Tensor& values, RemovalOrder order);

}  // namespace explain
}  // namespace cxrnet
