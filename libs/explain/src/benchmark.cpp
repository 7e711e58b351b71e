#include "cxrnet/explain/benchmark.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "block_curves.h"
#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/explain/heat_map.h"
#include "cxrnet/explain/localisation.h"
#include "heat_check.h"
#include "judged_states.h"

namespace cxrnet::explain {
namespace {

constexpr int64_t kCasesAtOnce = 64;  // bounds the memory of levels and backgrounds

void require_cases(const at::Tensor& heat, const BenchmarkCases& cases) {
  require_heat(heat);
  require_same_shape(heat, cases.image, "image");
  require_shape(cases.target, {heat.size(0)}, "target");
  require_dtype(cases.target, at::kLong, "target");
  if (cases.lungs.defined()) require_same_shape(heat, cases.lungs, "lungs");
}

CurveOptions curve(const BenchmarkOptions& options, RemovalForm form, Imputation imputation,
                   bool insertion = false) {
  return {.form = form,
          .imputation = imputation,
          .order = RemovalOrder::most_relevant_first,
          .insertion = insertion,
          .score = options.score,
          .levels = options.levels,
          .grid = options.grid,
          .batch_size = options.batch_size,
          .seed = options.seed};
}

struct Curves {
  at::Tensor threshold, rank, insertion;  // [N, levels + 1] f64
  std::vector<at::Tensor> blocks;         // one for each setting
};

// The four curves of some cases. Black and imputed emptiness are different states; the whole image
// is the same one.
Curves judge_curves(const Classifier& judge, const at::Tensor& image, const at::Tensor& heat,
                    const at::Tensor& target, const BenchmarkOptions& options, int64_t& judged) {
  KnownByFill known;
  const auto run = [&](const CurveOptions& form) {
    return judge_states(judge, image, heat, target, form, known.of(form.imputation), judged);
  };
  Curves curves;
  curves.threshold = run(curve(options, RemovalForm::threshold, Imputation::zero));
  curves.rank = run(curve(options, RemovalForm::rank, Imputation::zero));
  curves.blocks = judge_blocks(judge, image, heat, target, options, known, judged);
  curves.insertion = run(curve(options, RemovalForm::block, options.imputation, true));
  return curves;
}

at::Tensor to_tensor(const std::vector<metrics::Figure>& figures) {
  auto values = at::empty({static_cast<int64_t>(figures.size())}, at::kDouble);
  std::transform(figures.begin(), figures.end(), values.data_ptr<double>(), [](const auto& figure) {
    return figure.value.value_or(std::numeric_limits<double>::quiet_NaN());
  });
  return values;
}

at::Tensor measure_inside(const at::Tensor& heat, const at::Tensor& lungs) {
  if (lungs.defined()) return to_tensor(heat_inside(heat, lungs, BlackMap::miss));
  return at::full({heat.size(0)}, std::numeric_limits<double>::quiet_NaN(), at::kDouble);
}

at::Tensor join(const std::vector<Curves>& parts, at::Tensor Curves::*curve, int64_t levels) {
  std::vector<at::Tensor> curves;
  for (const auto& part : parts) curves.push_back(part.*curve);
  return curves.empty() ? at::empty({0, levels + 1}, at::kDouble) : at::cat(curves);
}

MethodMeasures from_curves(const std::vector<Curves>& parts, const BenchmarkOptions& options) {
  const int64_t levels = options.levels;
  MethodMeasures measures;
  std::vector<std::vector<at::Tensor>> blocks;
  for (const auto& part : parts) blocks.push_back(part.blocks);
  measures.blocks = to_block_measures(blocks, options);
  measures.ppc_threshold = join(parts, &Curves::threshold, levels);
  measures.ppc_rank = join(parts, &Curves::rank, levels);
  measures.ppc_block = measures.blocks.front().curve.clone();
  measures.insertion_curve = join(parts, &Curves::insertion, levels);
  measures.aoppc_threshold = aoppc(measures.ppc_threshold);
  measures.aoppc_rank = aoppc(measures.ppc_rank);
  measures.aoppc_block = aoppc(measures.ppc_block);
  measures.insertion = area_under(measures.insertion_curve);
  measures.deletion = area_over(measures.ppc_block);
  measures.p_whole = measures.ppc_block.select(1, 0).clone();
  measures.p_full_removal = measures.ppc_block.select(1, -1).clone();
  measures.p_black = measures.ppc_rank.select(1, -1).clone();
  return measures;
}

}  // namespace

MethodMeasures measure(const Classifier& judge, const at::Tensor& heat, const BenchmarkCases& cases,
                       const BenchmarkOptions& options) {
  validate(options);
  require_cases(heat, cases);
  const at::NoGradGuard no_grad;
  const auto start = std::chrono::steady_clock::now();
  std::vector<Curves> parts;
  int64_t judged = 0;
  for (int64_t i = 0; i < heat.size(0); i += kCasesAtOnce) {
    const auto part = [&](const at::Tensor& all) { return all.slice(0, i, i + kCasesAtOnce); };
    parts.push_back(
        judge_curves(judge, part(cases.image), part(heat), part(cases.target), options, judged));
  }
  auto measures = from_curves(parts, options);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  measures.inside_lung = measure_inside(heat, cases.lungs);
  measures.dead = is_dead(heat).to(at::kDouble);
  measures.judged = judged;
  measures.seconds = seconds.count();
  measures.images_per_second = static_cast<double>(judged) / std::max(measures.seconds, 1e-9);
  return measures;
}

std::vector<BlockMeasures> measure_blocks(const Classifier& judge, const at::Tensor& heat,
                                          const BenchmarkCases& cases,
                                          const BenchmarkOptions& options) {
  validate(options);
  require_cases(heat, cases);
  const at::NoGradGuard no_grad;
  std::vector<std::vector<at::Tensor>> parts;
  int64_t judged = 0;
  for (int64_t i = 0; i < heat.size(0); i += kCasesAtOnce) {
    const auto part = [&](const at::Tensor& all) { return all.slice(0, i, i + kCasesAtOnce); };
    KnownByFill known;
    parts.push_back(judge_blocks(judge, part(cases.image), part(heat), part(cases.target), options,
                                 known, judged));
  }
  return to_block_measures(parts, options);
}

}  // namespace cxrnet::explain
