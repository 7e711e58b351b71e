// McNemar's test: do two classifiers that saw the same images differ?
#pragma once

#include <cstdint>
#include <vector>

namespace cxrnet::metrics {

struct McNemarResult {
  int64_t only_first_correct = 0;
  int64_t only_second_correct = 0;
  double p_value = 1.0;      ///< two-sided, exact for any count: never too small
  double mid_p_value = 1.0;  ///< two-sided mid-p: less cautious, nearer to the nominal level
};

/// The exact test (McNemar 1947 with the binomial law): p = min(1, 2 P(X ≤ min(b, c))), X ~
/// Binomial(b + c, 1/2), where b and c count the images that only one of the two got right; 1 when
/// they never differ. The mid-p value takes away half of the observed count's own probability on
/// each side (Fagerland, Lydersen and Laake 2013: p − P(X = b), and 1 − P(X = b) / 2 for b = c). No
/// chi-squared approximation is needed, however many images there are. It takes images as
/// independent, so hand in one image per patient, or read it beside paired_difference. Errors:
/// invalid_option when a count is negative.
McNemarResult mcnemar_exact(int64_t only_first_correct, int64_t only_second_correct);

/// The same from two lists of right and wrong answers. Errors: invalid_shape when the sizes differ.
McNemarResult mcnemar_exact(const std::vector<bool>& first_correct,
                            const std::vector<bool>& second_correct);

}  // namespace cxrnet::metrics
