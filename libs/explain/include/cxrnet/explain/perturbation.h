// Perturbation curves: how the probability of a class falls while an image is taken apart along a
// heat map, or rises while it is put together (paper, section IV-C, eq. 12; Samek et al. 2017;
// insertion and deletion: Petsiuk et al. 2018).
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"
#include "cxrnet/explain/classifier.h"
#include "cxrnet/explain/imputation.h"
#include "cxrnet/explain/removal.h"
#include "cxrnet/metrics/figure.h"

namespace cxrnet {
namespace explain {

/// What a curve shows of the class asked about.
enum class Score {
  softmax,  ///< its probability, in [0, 1]; it saturates, and depends on the other classes
  logit,    ///< its logit, without bounds
};

}  // namespace explain

template <>
struct EnumNames<explain::Score> {
  static constexpr std::array<std::pair<explain::Score, std::string_view>, 2> values{
      {{explain::Score::softmax, "softmax"}, {explain::Score::logit, "logit"}}};
};

namespace explain {

struct CurveOptions {
  RemovalForm form = RemovalForm::block;
  Imputation imputation = Imputation::blur;
  RemovalOrder order = RemovalOrder::most_relevant_first;
  bool insertion = false;
  Score score = Score::softmax;
  int64_t levels = 10;
  int64_t grid = kRemovalGrid;  ///< blocks per side of the block form
  int64_t batch_size = 8;       ///< large batches spend a third of the time on fresh memory
  int64_t seed = 1;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.form, Field{"removal-form", "what a share of the map means; block is the fair one"});
    visit(self.imputation, Field{"imputation", "what stands where pixels were removed"});
    visit(self.order,
          Field{"removal-order", "whether the brightest or the darkest heat goes first"});
    visit(self.insertion, Field{"insertion", "put the image together instead of taking it apart"});
    visit(self.score, Field{"score", "the class's probability or its logit"});
    visit(self.levels, Field{"levels",
                             "levels of a curve beside the untouched image",
                             {.minimum = 1, .maximum = kMaxRemovalLevels}});
    visit(self.grid, Field{"removal-grid",
                           "blocks per side of the block form",
                           {.minimum = kLeastRemovalGrid, .maximum = kMaxRemovalGrid}});
    visit(self.batch_size, Field{"judge-batch",
                                 "images judged at once; on a CPU few are fastest",
                                 {.minimum = 1, .maximum = 4096}});
    visit(self.seed, Field{"imputation-seed", "seed of the noise of road", {.minimum = 0}});
  }
};

/// The score of class target[n] at the shares x = k / levels, k = 0 … levels: [N, levels + 1] f64.
/// Taking apart: the share x is removed, so that column 0 is the whole image and the last one holds
/// nothing of it. Insertion: the share x of a removed image is put back, so that column 0 holds
/// nothing of it and the last one is the whole image.
/// `image`, `heat` [N, 1, H, W] f32 in [0, 1], `target` [N] i64. No gradient is recorded. States
/// that do not differ (an image that loses no pixel between two levels; a black image) are judged
/// once. A constant map is dead (heat_map.h): it has no order, and what it gets is the curve of an
/// order drawn once for all time, chance. Errors: as removal_levels; invalid_shape, also when the
/// judge's answer has another shape; invalid_option; diverged when it is NaN or infinite.
at::Tensor perturbation_curves(const Classifier& judge, const at::Tensor& image,
                               const at::Tensor& heat, const at::Tensor& target,
                               const CurveOptions& options);

/// Eq. (12): the mean over x = 1/L … 1 of p(0) − p(x), the area OVER the removal curve. Higher is
/// better for most relevant first. `curves` [N, L + 1] -> [N] f64.
at::Tensor aoppc(const at::Tensor& curves);

/// The mean of p over x from 0 to 1, by trapezoids: `curves` [N, L + 1] -> [N] f64. Of an insertion
/// curve, higher is better.
at::Tensor area_under(const at::Tensor& curves);

/// The mean of p(0) − p(x) over x from 0 to 1, by trapezoids: the deletion score in the sign that
/// higher is better. It is not the area under the curve (Petsiuk's deletion, lower is better) but
/// p(0) minus it. `curves` [N, L + 1] -> [N] f64.
at::Tensor area_over(const at::Tensor& curves);

/// AOPPC as a share of the drop that removal reaches at all: Σ_n aoppc_n / Σ_n (p_n(0) − p_n(1)).
/// A mean of ratios would be ruled by images whose probability hardly drops. Undefined unless the
/// mean drop is at least kLeastDrop. `curves` [N, L + 1]; weights[n] counts image n (empty: 1).
metrics::Figure normalised_aoppc(const at::Tensor& curves, std::span<const int32_t> weights = {});
inline constexpr double kLeastDrop = 0.01;

}  // namespace explain
}  // namespace cxrnet
