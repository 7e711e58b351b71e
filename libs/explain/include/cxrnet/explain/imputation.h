// What stands where pixels were removed.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet {
namespace explain {

enum class Imputation {
  zero,  ///< black, the paper's: far from any X-ray, so that the drop mixes lost evidence with
         ///< shock
  blur,  ///< nn::strong_blur of the image: its brightness without its detail
  road,  ///< noisy linear imputation (Rong et al. 2022): the mean of the neighbours, plus noise
};

}  // namespace explain

template <>
struct EnumNames<explain::Imputation> {
  static constexpr std::array<std::pair<explain::Imputation, std::string_view>, 3> values{
      {{explain::Imputation::zero, "zero"},
       {explain::Imputation::blur, "blur"},
       {explain::Imputation::road, "road"}}};
};

namespace explain {

/// Standard deviation of ROAD's noise, in grey values of [0, 1] (the publication's code).
inline constexpr double kRoadNoise = 0.01;

/// The residual norm, relative to the right-hand side's, at which ROAD's solver stops.
inline constexpr double kRoadTolerance = 1e-6;

/// Fills removed pixels of a set of images; what does not depend on the removal is computed once.
class Imputer {
 public:
  /// `image` [N, 1, H, W] f32 in [0, 1]. `seed`: of ROAD's noise, which belongs to an image's
  /// position and is the same at each level. Errors: invalid_shape.
  Imputer(at::Tensor image, Imputation imputation, uint64_t seed);

  /// Copies of the images `item` [M] i64 in which the pixels `removed` [M, 1, H, W] bool are
  /// filled: [M, 1, H, W] f32. Errors: invalid_shape.
  at::Tensor fill(const at::Tensor& item, const at::Tensor& removed) const;

 private:
  at::Tensor image_;
  Imputation imputation_;
  at::Tensor background_;  // zero and blur: what is shown; ROAD: its noise. [N, 1, H, W]
};

/// ROAD without its noise: each removed pixel becomes the weighted mean of its neighbours inside
/// the image, 1/6 for direct and 1/12 for diagonal ones, all removed pixels at once. The sparse
/// linear system is solved by conjugate gradients down to kRoadTolerance, started from means at
/// coarser scales. With every pixel removed nothing is left to go by: the image's mean stands
/// there. `image` [N, 1, H, W] f32, `removed` [N, 1, H, W] bool -> [N, 1, H, W] f32.
/// Errors: invalid_shape; internal when the solver does not come to an end.
at::Tensor impute_linearly(const at::Tensor& image, const at::Tensor& removed);

}  // namespace explain
}  // namespace cxrnet
