// The input contract of the networks: what was done to an X-ray before they see it. Stored in
// shards and model files, so that training and inference cannot differ.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet {
namespace nn {

/// What the classifier sees: the whole image, or the lungs alone (the paper's Fig. 10 a and b).
enum class Arm { original, segmented };

/// How an image of any aspect becomes a square: stretched to it, or fitted inside and padded with
/// black.
enum class Aspect { squeeze, keep };

}  // namespace nn

template <>
struct EnumNames<nn::Arm> {
  static constexpr std::array<std::pair<nn::Arm, std::string_view>, 2> values{
      {{nn::Arm::original, "original"}, {nn::Arm::segmented, "segmented"}}};
};

template <>
struct EnumNames<nn::Aspect> {
  static constexpr std::array<std::pair<nn::Aspect, std::string_view>, 2> values{
      {{nn::Aspect::squeeze, "squeeze"}, {nn::Aspect::keep, "keep"}}};
};

namespace nn {

/// Section III-A of the paper as options.
struct Preprocessing {
  int64_t size = 224;               ///< side of the square input, in pixels
  Aspect aspect = Aspect::squeeze;  ///< how the image becomes a square
  Arm arm = Arm::segmented;         ///< whole image or lungs alone
  bool clahe = true;  ///< contrast limited adaptive histogram equalisation, after masking
  double clahe_clip_limit =
      2.0;  ///< multiple of a uniform histogram's bin height; higher = more contrast and noise
  int64_t clahe_tiles = 8;  ///< tiles per side
  int64_t mask_dilation =
      0;  ///< pixels at `size` by which the lung mask grows before it is applied

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.size,
          Field{"size", "side of the square input in pixels", {.minimum = 64, .maximum = 2048}});
    visit(self.aspect,
          Field{"aspect", "squeeze: stretch to the square; keep: fit inside and pad with black"});
    visit(self.arm, Field{"arm", "original: the whole image; segmented: the lungs alone"});
    visit(self.clahe, Field{"clahe", "enhance the contrast with CLAHE after masking"});
    visit(self.clahe_clip_limit, Field{"clahe-clip-limit",
                                       "CLAHE clip limit; higher gives more contrast and noise",
                                       {.above = 0.0}});
    visit(self.clahe_tiles,
          Field{"clahe-tiles", "CLAHE tiles per side", {.minimum = 1, .maximum = 64}});
    visit(self.mask_dilation, Field{"mask-dilation",
                                    "pixels by which the lung mask grows",
                                    {.minimum = 0, .maximum = 256}});
  }
};

}  // namespace nn
}  // namespace cxrnet
