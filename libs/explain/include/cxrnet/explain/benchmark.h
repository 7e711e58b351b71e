// What is printed of an explanation method: its measures over many images, with intervals by
// patient, and paired differences between two methods.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/explain/classifier.h"
#include "cxrnet/explain/perturbation.h"
#include "cxrnet/metrics/bootstrap.h"

namespace cxrnet::explain {

struct BenchmarkCases {
  at::Tensor image;                 ///< [N, 1, H, W] f32 in [0, 1], the judge's input
  at::Tensor target;                ///< [N] i64, the class asked about
  at::Tensor lungs;                 ///< [N, 1, H, W], non-zero inside; undefined: no masks. An
                                    ///< image without a mask has an empty one
  std::vector<std::string> groups;  ///< [N], the patients
};

struct BenchmarkOptions {
  Imputation imputation = Imputation::blur;  ///< of the block form, insertion and deletion
  int64_t grid = kRemovalGrid;               ///< likewise
  std::vector<std::string> also_fills = {};  ///< deletion again, with each of these fills ...
  std::vector<int64_t> also_grids = {};      ///< ... and on each of these grids
  Score score = Score::softmax;
  int64_t levels = 10;
  int64_t batch_size = 8;
  int64_t seed = 1;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    constexpr Range kGrid{.minimum = kLeastRemovalGrid, .maximum = kMaxRemovalGrid};
    visit(self.imputation,
          Field{"explain-imputation",
                "what stands where blocks were removed; threshold and rank: black"});
    visit(self.grid, Field{"explain-grid", "blocks per side of the grid that is removed", kGrid});
    visit(self.also_fills,
          Field{"explain-also-fills", "measure deletion with these fills, too: zero, blur, road"});
    visit(self.also_grids,
          Field{"explain-also-grids", "measure deletion on these grids, too, by each fill", kGrid});
    visit(self.score, Field{"explain-score", "the class's probability or its logit"});
    visit(self.levels, Field{"explain-levels",
                             "levels of a curve beside the untouched image",
                             {.minimum = 1, .maximum = kMaxRemovalLevels}});
    visit(self.batch_size, Field{"judge-batch",
                                 "images judged at once; on a CPU few are fastest",
                                 {.minimum = 1, .maximum = 4096}});
    visit(self.seed, Field{"imputation-seed", "seed of the noise of road", {.minimum = 0}});
  }
};

/// How blocks are removed.
struct BlockSetting {
  Imputation fill = Imputation::blur;
  int64_t grid = kRemovalGrid;
  bool operator==(const BlockSetting&) const = default;
};

/// "blur_16", as JSON calls it, and "blur, 16 × 16", as tables do.
std::string name_of(const BlockSetting& setting);
std::string title_of(const BlockSetting& setting);

/// Every fill on every grid that the options name, the headline's own first, each once. Errors:
/// invalid_option for a fill that does not exist.
std::vector<BlockSetting> block_settings(const BenchmarkOptions& options);

/// Deletion under one setting.
struct BlockMeasures {
  BlockSetting setting;
  at::Tensor curve;           ///< [N, levels + 1] f64
  at::Tensor deletion;        ///< [N] f64, area over the curve, p(0) − p(x)
  at::Tensor p_full_removal;  ///< [N] f64, p at x = 1
};

/// Figures of each image, all f64. The sign of every area is: higher is better. A dead map
/// (heat_map.h) counts: its areas are those of an order by chance, its share inside is a miss, 0.
struct MethodMeasures {
  at::Tensor aoppc_threshold;  ///< [N] eq. (12), the paper's: threshold form, zero fill
  at::Tensor aoppc_rank;       ///< [N] the same for equal areas: rank form, zero fill
  at::Tensor aoppc_block;      ///< [N] the headline: block form, imputed
  at::Tensor insertion;        ///< [N] area under the insertion curve, block form, imputed
  at::Tensor deletion;  ///< [N] area over the removal curve, p(0) − p(x), block form, imputed
  at::Tensor p_whole;   ///< [N] p(0)
  at::Tensor p_full_removal;  ///< [N] p at x = 1, block form, imputed
  at::Tensor p_black;         ///< [N] p at x = 1 of the threshold and rank forms: a black image
  at::Tensor inside_lung;     ///< [N] share of heat inside the lungs; NaN without a mask
  at::Tensor dead;            ///< [N] 1 where the map is dead, else 0
  at::Tensor ppc_threshold, ppc_rank, ppc_block;  ///< [N, levels + 1] the curves themselves
  at::Tensor insertion_curve;                     ///< [N, levels + 1]
  std::vector<BlockMeasures> blocks;              ///< of each of block_settings, in that order
  int64_t judged = 0;                             ///< images that the judge saw
  double seconds = 0.0;                           ///< that judging them took, imputation included
  double images_per_second = 0.0;                 ///< judged / seconds
};

/// Measures `heat` [N, 1, H, W] of one method. States that curves share are judged once: 38 images
/// a case at ten levels, 9 more for each further setting and 1 for each further fill but black.
/// Errors: as perturbation_curves; invalid_shape when the cases do not belong together.
MethodMeasures measure(const Classifier& judge, const at::Tensor& heat, const BenchmarkCases& cases,
                       const BenchmarkOptions& options = {});

/// The deletion curves alone. Errors: as measure.
std::vector<BlockMeasures> measure_blocks(const Classifier& judge, const at::Tensor& heat,
                                          const BenchmarkCases& cases,
                                          const BenchmarkOptions& options);

/// The images `rows`, such as those of one class. Errors: invalid_shape for a row that is not
/// there.
MethodMeasures select(const MethodMeasures& measures, const std::vector<int64_t>& rows);

/// One after the other, such as the parts of a set that is too large for memory. Errors:
/// invalid_shape without any part or when the levels differ.
MethodMeasures concatenate(const std::vector<MethodMeasures>& parts);

/// Deletion under one setting, or a difference in it.
struct BlockSummary {
  BlockSetting setting;
  metrics::Estimate deletion;
  metrics::Estimate p_full_removal;  ///< undefined in a difference: no map has a say in it
};

/// Means over images with intervals by patient.
struct MethodSummary {
  int64_t n = 0;       ///< images, dead maps included
  int64_t n_dead = 0;  ///< of which the map is dead
  metrics::Estimate aoppc_threshold, aoppc_rank, aoppc_block, aoppc_block_normalised, insertion,
      deletion, p_whole, p_full_removal, p_black;
  metrics::Estimate inside_lung;  ///< over the images that have lung masks
  std::vector<double> ppc_threshold, ppc_rank, ppc_block,
      insertion_curve;               ///< empty without images
  std::vector<BlockSummary> blocks;  ///< as MethodMeasures::blocks
  double images_per_second = 0.0;
};

/// `groups` [N]. Without images every figure is undefined. Errors: invalid_shape, invalid_option.
MethodSummary summarise(const MethodMeasures& measures, const std::vector<std::string>& groups,
                        const metrics::BootstrapOptions& bootstrap = {});

/// Mean of `method` − `against` over the same images; an interval above 0 says that `method` is
/// better.
struct MethodDifference {
  int64_t n = 0;
  metrics::Estimate aoppc_threshold, aoppc_rank, aoppc_block, insertion, deletion, inside_lung;
  std::vector<BlockSummary> blocks;  ///< of the settings that both were measured under
};

/// Both measured on the same cases in the same order. `inside_lung` is over the images where both
/// have it. Errors: invalid_shape, invalid_option.
MethodDifference compare(const MethodMeasures& method, const MethodMeasures& against,
                         const std::vector<std::string>& groups,
                         const metrics::BootstrapOptions& bootstrap = {});

}  // namespace cxrnet::explain
