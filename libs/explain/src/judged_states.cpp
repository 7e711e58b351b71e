#include "judged_states.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"

namespace cxrnet::explain {
namespace {

void require_classes(const at::Tensor& target, int64_t classes) {
  if (((target >= 0).logical_and(target < classes)).all().item<bool>()) return;
  throw Error(ErrorCode::invalid_option, "target: expected classes from 0 to " +
                                             std::to_string(classes - 1) +
                                             ", got another; ask about a class of the judge");
}

// A score that is not a number would vanish in a mean or poison it.
void require_finite(const at::Tensor& logits) {
  if (at::isfinite(logits).all().item<bool>()) return;
  throw Error(
      ErrorCode::diverged,
      "the judge's logits: expected finite numbers, got NaN or infinity; check its weights");
}

// Asks the judge in batches.
class Scorer {
 public:
  Scorer(const Classifier& judge, const at::Tensor& target, const CurveOptions& options,
         int64_t& judged)
      : judge_(judge), target_(target), options_(options), judged_(judged) {}

  /// `make(part)` [M, 1, H, W]: the images of the jobs `part` [M] i64 of 0 … jobs − 1, image n of
  /// the set belonging to job item[n]. -> scores [jobs] f64
  at::Tensor operator()(const at::Tensor& item,
                        const std::function<at::Tensor(const at::Tensor& part)>& make) const {
    std::vector<at::Tensor> scores;
    for (int64_t start = 0; start < item.size(0); start += options_.batch_size) {
      const int64_t end = std::min(start + options_.batch_size, item.size(0));
      const auto part = at::arange(start, end, at::kLong);
      scores.push_back(score(make(part), target_.index_select(0, item.slice(0, start, end))));
    }
    return scores.empty() ? at::empty({0}, at::kDouble) : at::cat(scores);
  }

  /// One image that stands for all: its score for each target, [N] f64.
  at::Tensor of_one_image(const at::Tensor& image) const {
    const auto logits = ask(image);
    return choose(logits.expand({target_.size(0), -1}), target_);
  }

 private:
  at::Tensor ask(const at::Tensor& image) const {
    auto logits = judge_(image);
    require_shape(logits, {image.size(0), -1}, "the judge's logits");
    judged_ += image.size(0);
    require_finite(logits);
    return logits.to(at::kDouble);
  }

  at::Tensor choose(const at::Tensor& logits, const at::Tensor& target) const {
    require_classes(target, logits.size(1));
    const auto scores = options_.score == Score::softmax ? at::softmax(logits, 1) : logits;
    return scores.gather(1, target.unsqueeze(1)).squeeze(1);
  }

  at::Tensor score(const at::Tensor& image, const at::Tensor& target) const {
    return choose(ask(image), target);
  }

  const Classifier& judge_;
  const at::Tensor& target_;
  const CurveOptions& options_;
  int64_t& judged_;
};

at::Tensor everything(const at::Tensor& image) { return at::ones_like(image, at::kBool); }

void complete(KnownScores& known, const Scorer& scorer, const Imputer& imputer,
              const at::Tensor& image, const CurveOptions& options) {
  const auto each = at::arange(image.size(0), at::kLong);
  if (!known.whole.defined()) {
    known.whole = scorer(each, [&](const at::Tensor& part) { return image.index_select(0, part); });
  }
  if (known.empty.defined()) return;
  if (options.imputation == Imputation::zero) {
    known.empty = scorer.of_one_image(at::zeros_like(image.slice(0, 0, 1)));
    return;
  }
  known.empty = scorer(each, [&](const at::Tensor& part) {
    return imputer.fill(part, everything(image.index_select(0, part)));
  });
}

// removed[n][k]: pixels of image n that are gone after level k, for k = 0 … levels: [N, L + 1] i64.
at::Tensor count_removed(const at::Tensor& level, int64_t levels) {
  const auto flat = level.flatten(1).to(at::kLong);
  const auto ones = at::ones({1, 1}, at::kLong).expand_as(flat);
  return at::zeros({level.size(0), levels + 1}, at::kLong).scatter_add_(1, flat, ones).cumsum(1);
}

}  // namespace

at::Tensor judge_states(const Classifier& judge, const at::Tensor& image, const at::Tensor& heat,
                        const at::Tensor& target, const CurveOptions& options, KnownScores& known,
                        int64_t& judged) {
  const at::NoGradGuard no_grad;
  const auto level =
      removal_levels(heat, options.form, options.order, options.levels, options.grid);
  const auto gone = count_removed(level, options.levels);
  const Imputer imputer(image, options.imputation, static_cast<uint64_t>(options.seed));
  const Scorer scorer(judge, target, options, judged);
  complete(known, scorer, imputer, image, options);

  // New states: those in which more is gone than at the level before, and not yet everything.
  const int64_t pixels = image.size(2) * image.size(3);
  const auto more = gone.slice(1, 1) > gone.slice(1, 0, options.levels);
  const auto fresh = more.logical_and(gone.slice(1, 1) < pixels).nonzero();  // [jobs, 2]
  const auto item = fresh.select(1, 0).contiguous();
  const auto at_level = fresh.select(1, 1) + 1;
  const auto scores = scorer(item, [&](const at::Tensor& part) {
    const auto of_part = item.index_select(0, part);
    const auto taken =
        level.index_select(0, of_part) <= at_level.index_select(0, part).view({-1, 1, 1, 1});
    return imputer.fill(of_part, options.insertion ? taken.logical_not() : taken);
  });

  // A level that adds nothing repeats the one before it. When nothing is gone, an insertion starts
  // from the empty image; when everything is, it ends in the whole one.
  const auto& start = options.insertion ? known.empty : known.whole;
  const auto& end = options.insertion ? known.whole : known.empty;
  auto curves = start.unsqueeze(1).repeat({1, options.levels + 1});
  auto source = at::zeros({image.size(0), options.levels + 1}, at::kLong);
  curves.index_put_({item, at_level}, scores);
  source.index_put_({item, at_level}, at_level);
  curves = curves.gather(1, std::get<0>(source.cummax(1)));
  return at::where(gone == pixels, end.unsqueeze(1), curves);
}

}  // namespace cxrnet::explain
