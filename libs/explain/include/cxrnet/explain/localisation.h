// Does a heat map point where it should: at annotated lesions, inside the lungs?
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "cxrnet/metrics/figure.h"

namespace cxrnet::explain {

// Every measure takes `heat` [N, 1, H, W] f32 in [0, 1] and `region` [N, 1, H, W], whose non-zero
// pixels are inside, and gives one figure per image. Undefined where the region is empty: there is
// nothing to hit. A dead map (heat_map.h) points nowhere and is a miss, 0, where there is
// something: a method must not gain by saying nothing. Errors: invalid_shape; invalid_option for
// heat outside [0, 1].

/// The pointing game (Zhang et al. 2018): 1 where the brightest pixel lies at most `tolerance_px`
/// pixels (Euclidean) from the region, else 0. Of several brightest pixels each counts its part, so
/// that the figure is the expected hit of a fair choice among them. The publication's tolerance is
/// 15 at images of about 500 pixels. Errors: also invalid_option for a negative tolerance.
std::vector<metrics::Figure> pointing_game(const at::Tensor& heat, const at::Tensor& region,
                                           int64_t tolerance_px = 0);

/// Intersection over union of the region with the brightest pixels, as many as the region has.
/// Equal heat goes by removal_ranks' fixed order.
std::vector<metrics::Figure> iou_at_equal_area(const at::Tensor& heat, const at::Tensor& region);

/// Intersection over union of the region with the pixels whose heat is at least `threshold`.
std::vector<metrics::Figure> iou_at_threshold(const at::Tensor& heat, const at::Tensor& region,
                                              double threshold = 0.5);

/// What heat_inside says of a map that is 0 everywhere: of one image, that its share is undefined;
/// where a mean over images follows, that the method missed.
enum class BlackMap { undefined, miss };

/// The heat inside the region over all heat, in [0, 1]. Compare it with share_of_area: a map that
/// is equally bright everywhere reaches just that.
std::vector<metrics::Figure> heat_inside(const at::Tensor& heat, const at::Tensor& region,
                                         BlackMap black = BlackMap::undefined);

/// The region's pixels over all pixels: what heat_inside gives for a constant map.
std::vector<metrics::Figure> share_of_area(const at::Tensor& region);

/// The mean over the images that define the figure, with their number; undefined when none does.
struct MeanFigure {
  metrics::Figure mean;
  int64_t n = 0;
};
MeanFigure mean_of_defined(const std::vector<metrics::Figure>& figures);

}  // namespace cxrnet::explain
