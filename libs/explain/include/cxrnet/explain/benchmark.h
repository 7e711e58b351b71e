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
  Score score = Score::softmax;
  int64_t levels = 10;
  int64_t batch_size = 8;
  int64_t seed = 1;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.imputation,
          Field{"explain-imputation",
                "what stands where blocks were removed; threshold and rank: black"});
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

/// Figures of each image, all f64. The sign of every area is: higher is better.
struct MethodMeasures {
  at::Tensor aoppc_threshold;  ///< [N] eq. (12), the paper's: threshold form, zero fill
  at::Tensor aoppc_rank;       ///< [N] the same for equal areas: rank form, zero fill
  at::Tensor aoppc_block;      ///< [N] the headline: block form, imputed
  at::Tensor insertion;        ///< [N] area under the insertion curve, block form, imputed
  at::Tensor deletion;  ///< [N] area over the removal curve, p(0) − p(x), block form, imputed
  at::Tensor p_whole;   ///< [N] p(0)
  at::Tensor p_full_removal;  ///< [N] p at x = 1, block form, imputed
  at::Tensor p_black;         ///< [N] p at x = 1 of the threshold and rank forms: a black image
  at::Tensor inside_lung;     ///< [N] share of heat inside the lungs; NaN without mask or heat
  at::Tensor ppc_threshold, ppc_rank, ppc_block;  ///< [N, levels + 1] the curves themselves
  at::Tensor insertion_curve;                     ///< [N, levels + 1]
  int64_t judged = 0;                             ///< images that the judge saw
  double seconds = 0.0;                           ///< that judging them took, imputation included
  double images_per_second = 0.0;                 ///< judged / seconds
};

/// Measures `heat` [N, 1, H, W] of one method. States that curves share are judged once: 38 images
/// a case at ten levels. Errors: as perturbation_curves; invalid_shape when the cases do not belong
/// together.
MethodMeasures measure(const Classifier& judge, const at::Tensor& heat, const BenchmarkCases& cases,
                       const BenchmarkOptions& options = {});

/// The images `rows`, such as those of one class. Errors: invalid_shape for a row that is not
/// there.
MethodMeasures select(const MethodMeasures& measures, const std::vector<int64_t>& rows);

/// One after the other, such as the parts of a set that is too large for memory. Errors:
/// invalid_shape without any part or when the levels differ.
MethodMeasures concatenate(const std::vector<MethodMeasures>& parts);

/// Means over images with intervals by patient.
struct MethodSummary {
  int64_t n = 0;  ///< images
  metrics::Estimate aoppc_threshold, aoppc_rank, aoppc_block, aoppc_block_normalised, insertion,
      deletion, p_whole, p_full_removal, p_black;
  metrics::Estimate inside_lung;  ///< over the images that have lung masks
  std::vector<double> ppc_threshold, ppc_rank, ppc_block,
      insertion_curve;  ///< empty without images
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
};

/// Both measured on the same cases in the same order. `inside_lung` is over the images where both
/// have it. Errors: invalid_shape, invalid_option.
MethodDifference compare(const MethodMeasures& method, const MethodMeasures& against,
                         const std::vector<std::string>& groups,
                         const metrics::BootstrapOptions& bootstrap = {});

}  // namespace cxrnet::explain
