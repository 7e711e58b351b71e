#include "stages/mask_reader.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <map>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"
#include "cxrnet/core/shape.h"

namespace cxrnet::study {
namespace {

constexpr double kAlike = 1e-9;  // a squared distance that rounding alone makes
constexpr double kRidges[] = {1e-3, 1e-2, 1e-1, 1.0};

// Rows of `a` against rows of `b`: squared distances, [A, B].
at::Tensor squared_distances(const at::Tensor& a, const at::Tensor& b) {
  const auto norms = a.square().sum(1, /*keepdim=*/true) + b.square().sum(1).unsqueeze(0);
  return (norms - 2 * a.matmul(b.t())).clamp_min(0);
}

class Reader {
 public:
  Reader(at::Tensor features, const at::Tensor& answers, int64_t classes)
      : features_(std::move(features)) {
    const auto squares = squared_distances(features_, features_);
    const double median = squares.median().item<double>();
    // Most rows alike: the mean distance, which is 0 for rows that are all alike.
    const double width = median > kAlike ? median : squares.mean().item<double>();
    scale_ = width > kAlike ? 0.5 / width : 0.0;
    const auto wanted = at::one_hot(answers, classes).to(at::kDouble);
    mean_ = wanted.mean(0, /*keepdim=*/true);
    fit(at::exp(-scale_ * squares), wanted, answers);
  }

  at::Tensor read(const at::Tensor& features) const {
    const auto kernel = at::exp(-scale_ * squared_distances(features, features_));
    return (mean_ + kernel.matmul(weights_)).argmax(1);
  }

 private:
  // Row i left out, the prediction for it is wanted_i − weights_i / inverse_ii.
  void fit(const at::Tensor& kernel, const at::Tensor& wanted, const at::Tensor& answers) {
    const auto unit = at::eye(kernel.size(0), at::kDouble);
    int64_t most = -1;
    for (const double ridge : kRidges) {
      const auto inverse =
          at::linalg_inv(kernel + ridge * static_cast<double>(kernel.size(0)) * unit);
      const auto weights = inverse.matmul(wanted - mean_);
      const auto left_out = wanted - weights / inverse.diagonal().unsqueeze(1);
      const auto right = left_out.argmax(1).eq(answers).sum().item<int64_t>();
      if (right <= most) continue;
      most = right;
      weights_ = weights;
    }
  }

  at::Tensor features_;  // [F, D] f64, what it was fitted to
  at::Tensor mean_;      // [1, classes] f64
  at::Tensor weights_;   // [F, classes] f64
  double scale_ = 0.0;
};

}  // namespace

std::vector<int64_t> folds_by_group(const std::vector<std::string>& groups, int64_t folds,
                                    uint64_t seed) {
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < groups.size(); ++i) rows[groups[i]].push_back(i);
  if (static_cast<int64_t>(rows.size()) < folds) {
    throw Error(ErrorCode::invalid_option, "readout: expected at least " + std::to_string(folds) +
                                               " patients, got " + std::to_string(rows.size()) +
                                               "; test on more images");
  }
  std::vector<const std::vector<std::size_t>*> in_order;
  for (const auto& [group, of_group] : rows) in_order.push_back(&of_group);
  std::vector<int64_t> fold(groups.size(), 0);
  std::vector<std::size_t> sizes(static_cast<std::size_t>(folds), 0);
  for (const auto position : Random(seed).permutation(in_order.size())) {
    const auto smallest = std::min_element(sizes.begin(), sizes.end()) - sizes.begin();
    for (const auto row : *in_order[position]) fold[row] = smallest;
    sizes[static_cast<std::size_t>(smallest)] += in_order[position]->size();
  }
  return fold;
}

at::Tensor read_cross_fitted(const at::Tensor& features, const at::Tensor& answers, int64_t classes,
                             const std::vector<int64_t>& fold) {
  require_shape(features, {static_cast<int64_t>(fold.size()), -1}, "features");
  require_shape(answers, {features.size(0)}, "answers");
  const at::NoGradGuard no_grad;
  const auto of_row = at::tensor(fold, at::TensorOptions().dtype(at::kLong));
  auto read = at::empty_like(answers);
  const int64_t folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  for (int64_t one = 0; one < folds; ++one) {
    const auto asked = of_row.eq(one).nonzero().flatten();
    const auto others = of_row.ne(one).nonzero().flatten();
    const Reader reader(features.index_select(0, others), answers.index_select(0, others), classes);
    read.index_copy_(0, asked, reader.read(features.index_select(0, asked)));
  }
  return read;
}

}  // namespace cxrnet::study
