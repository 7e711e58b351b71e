// Can an answer be read from a mask's shape? A reader is fitted to masks and answers of some
// patients and asked about the others.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cxrnet::study {

inline constexpr int64_t kReaderFolds = 5;

/// The fold 0 … folds − 1 of each row: a group stays together, groups are drawn at random, each to
/// the fold that has the fewest rows. Errors: invalid_option with fewer groups than folds.
std::vector<int64_t> folds_by_group(const std::vector<std::string>& groups, int64_t folds,
                                    uint64_t seed);

/// For each row the answer that is read from its features by a reader fitted to the rows of the
/// other folds alone: kernel ridge regression of the answers, one column a class, with a Gaussian
/// kernel as wide as the median distance; of kRidges the one that reads best when each row it is
/// fitted to is left out once (closed form). Where the features say nothing it names the most
/// frequent answer that it was fitted to.
/// `features` [N, D] f64, `answers` [N] i64 of 0 … classes − 1, `fold` [N] -> [N] i64. Errors:
/// invalid_shape.
at::Tensor read_cross_fitted(const at::Tensor& features, const at::Tensor& answers, int64_t classes,
                             const std::vector<int64_t>& fold);

}  // namespace cxrnet::study
