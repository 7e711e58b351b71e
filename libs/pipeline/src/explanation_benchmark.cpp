#include "cxrnet/pipeline/explanation_benchmark.h"

#include <ATen/Functions.h>

#include <chrono>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/explain/judge.h"

namespace cxrnet::pipeline {
namespace {

constexpr std::size_t kCasesAtOnce = 32;

at::Tensor join(const std::vector<ExplanationCase>& cases, at::Tensor ExplanationCase::*field) {
  std::vector<at::Tensor> images;
  images.reserve(cases.size());
  for (const auto& one : cases) images.push_back(one.*field);
  return at::cat(images);
}

explain::BenchmarkCases to_batch(const std::vector<ExplanationCase>& cases) {
  explain::BenchmarkCases batch{.image = join(cases, &ExplanationCase::image),
                                .target = {},
                                .lungs = join(cases, &ExplanationCase::lungs),
                                .groups = {}};
  std::vector<int64_t> targets;
  for (const auto& one : cases) {
    targets.push_back(one.target);
    batch.groups.push_back(one.group);
  }
  batch.target = at::tensor(targets, at::kLong);
  return batch;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

explain::MethodMeasures no_measures(int64_t levels) {
  explain::MethodMeasures none;
  const auto curves = at::empty({0, levels + 1}, at::kDouble);
  const auto figures = at::empty({0}, at::kDouble);
  none.ppc_threshold = none.ppc_rank = none.ppc_block = none.insertion_curve = curves;
  none.aoppc_threshold = none.aoppc_rank = none.aoppc_block = none.insertion = figures;
  none.deletion = none.p_whole = none.p_full_removal = none.p_black = none.inside_lung = figures;
  return none;
}

}  // namespace

explain::Classifier make_judge(const nn::ModelFile& model) {
  return [classify = explain::as_classifier(model.classifier),
          temperature = model.calibration.temperature](const at::Tensor& image) {
    return classify(image) / temperature;
  };
}

void require_same_input(const nn::ModelFile& explained, const nn::ModelFile& judge) {
  if (!judge.classifier) {
    throw Error(ErrorCode::invalid_option,
                "judge: expected a model with a classifier, got one without; give another");
  }
  const auto wanted = options_to_json(explained.preprocessing);
  const auto given = options_to_json(judge.preprocessing);
  for (const auto& [name, value] : given.items()) {
    if (wanted.at(name) == value) continue;
    throw Error(ErrorCode::invalid_option,
                "judge: expected " + name + " " + wanted.at(name).dump() +
                    " as the explained model takes it, got " + value.dump() +
                    "; train the judge on the same shards");
  }
}

ExplanationBenchmark::ExplanationBenchmark(nn::CxrNet model, explain::Classifier judge,
                                           std::string judge_name,
                                           const ExplanationOptions& options)
    : model_(std::move(model)),
      judge_(std::move(judge)),
      judge_name_(std::move(judge_name)),
      options_(options) {
  validate(options_);
  for (const auto method : parse_methods(options_.methods)) {
    methods_.push_back({.method = method, .parts = {}, .seconds = 0.0, .not_applicable = {}});
  }
}

void ExplanationBenchmark::add(ExplanationCase one) {
  groups_.push_back(one.group);
  ++masks_[one.mask];
  waiting_.push_back(std::move(one));
  if (waiting_.size() == kCasesAtOnce) measure_waiting();
}

void ExplanationBenchmark::measure_waiting() {
  if (waiting_.empty()) return;
  const auto cases = to_batch(waiting_);
  for (auto& running : methods_) {
    if (running.not_applicable.empty()) measure_method(running, cases);
  }
  waiting_.clear();
}

void ExplanationBenchmark::measure_method(Running& running, const explain::BenchmarkCases& cases) {
  const auto start = std::chrono::steady_clock::now();
  at::Tensor heat;
  try {
    heat = explain::explain(model_, running.method,
                            {.image = cases.image, .target = cases.target, .lungs = cases.lungs},
                            options_.method);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal || error.code() == ErrorCode::out_of_memory) throw;
    running.not_applicable = error.what();
    return;
  }
  running.seconds += seconds_since(start);
  running.parts.push_back(explain::measure(judge_, heat, cases, options_.benchmark));
}

std::string ExplanationBenchmark::why_not_applicable(const Running& running) const {
  const auto with_masks =
      static_cast<int64_t>(groups_.size()) -
      (masks_.contains(ExplanationCase::Mask::none) ? masks_.at(ExplanationCase::Mask::none) : 0);
  if (running.method == explain::Method::lung_mask && with_masks == 0)
    return "no image has a lung mask, and the model has no segmenter";
  return running.not_applicable;
}

explain::MethodMeasures ExplanationBenchmark::measures_of(const Running& running) const {
  return running.parts.empty() ? no_measures(options_.benchmark.levels)
                               : explain::concatenate(running.parts);
}

MethodEvaluation ExplanationBenchmark::summarise_method(
    const Running& running, const metrics::BootstrapOptions& bootstrap) const {
  MethodEvaluation result;
  result.method = running.method;
  result.not_applicable = why_not_applicable(running);
  if (!result.not_applicable.empty()) return result;
  result.summary = explain::summarise(measures_of(running), groups_, bootstrap);
  if (running.seconds > 0.0) {
    result.explained_per_second = static_cast<double>(groups_.size()) / running.seconds;
  }
  return result;
}

void ExplanationBenchmark::compare_with_first(std::vector<MethodEvaluation>& methods,
                                              const metrics::BootstrapOptions& bootstrap) const {
  std::optional<explain::MethodMeasures> first;
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (!methods[i].not_applicable.empty()) continue;
    auto measures = measures_of(methods_[i]);
    if (first) {
      methods[i].difference = explain::compare(*first, measures, groups_, bootstrap);
    } else {
      first = std::move(measures);
    }
  }
}

void ExplanationBenchmark::warn(ExplanationEvaluation& evaluation) const {
  auto& warnings = evaluation.warnings;
  if (evaluation.n == 0) {
    warnings.push_back("explanations: no image" +
                       (evaluation.label.empty() ? std::string() : " of " + evaluation.label) +
                       " in these data, so that every figure is undefined");
  } else if (evaluation.n < kFewExplainedImages) {
    warnings.push_back("explanations: only " + std::to_string(evaluation.n) +
                       " images, so that the figures are indicative and the intervals too narrow");
  }
  if (evaluation.n > 0 && evaluation.annotated_masks + evaluation.predicted_masks == 0) {
    warnings.emplace_back(
        "explanations: no lung masks, so that the share of heat inside the lungs is undefined");
  }
  for (const auto& method : evaluation.methods) {
    if (method.not_applicable.empty()) continue;
    warnings.push_back(std::string(to_string(method.method)) +
                       " is left out: " + method.not_applicable);
  }
}

ExplanationEvaluation ExplanationBenchmark::finish(const metrics::BootstrapOptions& bootstrap) {
  measure_waiting();
  ExplanationEvaluation evaluation;
  evaluation.n = static_cast<int64_t>(groups_.size());
  evaluation.patients = metrics::count_groups(groups_);
  evaluation.label = options_.label;
  evaluation.judge = judge_name_;
  evaluation.annotated_masks = masks_[ExplanationCase::Mask::annotated];
  evaluation.predicted_masks = masks_[ExplanationCase::Mask::predicted];
  evaluation.benchmark = options_.benchmark;
  for (const auto& running : methods_) {
    evaluation.methods.push_back(summarise_method(running, bootstrap));
  }
  compare_with_first(evaluation.methods, bootstrap);
  warn(evaluation);
  return evaluation;
}

}  // namespace cxrnet::pipeline
