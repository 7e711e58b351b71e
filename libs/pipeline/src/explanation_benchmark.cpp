#include "cxrnet/pipeline/explanation_benchmark.h"

#include <ATen/Functions.h>

#include <chrono>
#include <memory>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/engine.h"
#include "explanation_batch.h"

namespace cxrnet::pipeline {
namespace {

at::Tensor join(const std::vector<ExplanationCase>& cases, at::Tensor ExplanationCase::*field) {
  std::vector<at::Tensor> images;
  images.reserve(cases.size());
  for (const auto& one : cases) images.push_back(one.*field);
  return at::cat(images);
}

// The engine is compiled for a number of images: one that all batches fit.
constexpr int64_t kJudgedAtOnce = 8;

at::Tensor answer_some(engine::ClassifierEngine& engine, const at::Tensor& image) {
  const int64_t images = image.size(0);
  const auto padded = at::constant_pad_nd(
      image, {0, 0, 0, 0, 0, 0, 0, kJudgedAtOnce - images});  // black images behind
  return engine.answer(padded, /*with_representation=*/false).logits.slice(0, 0, images).clone();
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A method that lacks what it needs; all else is a fault and stops the run.
bool is_about_the_model(ErrorCode code) {
  return code == ErrorCode::invalid_option || code == ErrorCode::invalid_shape ||
         code == ErrorCode::image_too_small;
}

explain::MethodMeasures no_measures(const explain::BenchmarkOptions& options) {
  explain::MethodMeasures none;
  const auto curves = at::empty({0, options.levels + 1}, at::kDouble);
  const auto figures = at::empty({0}, at::kDouble);
  none.ppc_threshold = none.ppc_rank = none.ppc_block = none.insertion_curve = curves;
  none.aoppc_threshold = none.aoppc_rank = none.aoppc_block = none.insertion = figures;
  none.deletion = none.p_whole = none.p_full_removal = none.p_black = none.inside_lung = figures;
  none.dead = figures;
  for (const auto& setting : explain::block_settings(options)) {
    none.blocks.push_back(
        {.setting = setting, .curve = curves, .deletion = figures, .p_full_removal = figures});
  }
  return none;
}

}  // namespace

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

explain::Classifier make_judge(const nn::ModelFile& model) {
  const auto answering =
      std::make_shared<engine::ClassifierEngine>(model.classifier, engine::EngineOptions{});
  return [answering, temperature = model.calibration.temperature](const at::Tensor& image) {
    std::vector<at::Tensor> logits{};
    for (int64_t first = 0; first < image.size(0); first += kJudgedAtOnce)
      logits.push_back(answer_some(*answering, image.slice(0, first, first + kJudgedAtOnce)));
    return at::cat(logits) / temperature;
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
      options_(with_evidence(options)) {
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
    heat = explain::explain_or_dead(
        model_, running.method,
        {.image = cases.image, .target = cases.target, .lungs = cases.lungs}, options_.method);
  } catch (const Error& error) {
    if (!is_about_the_model(error.code())) throw;
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
  return running.parts.empty() ? no_measures(options_.benchmark)
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
  warn_of_methods(evaluation);
}

void ExplanationBenchmark::warn_of_methods(ExplanationEvaluation& evaluation) const {
  auto& warnings = evaluation.warnings;
  for (const auto& method : evaluation.methods) {
    const std::string name(to_string(method.method));
    const auto& summary = method.summary;
    if (!method.not_applicable.empty()) {
      warnings.push_back(name + " is left out: " + method.not_applicable);
    } else if (summary.n_dead > 0) {
      warnings.push_back(name + ": " + std::to_string(summary.n_dead) + " of " +
                         std::to_string(summary.n) +
                         " maps are dead, the same everywhere or no numbers; they count, in the "
                         "order of chance and with nothing inside the lungs");
    } else if (method.method == explain::Method::layer_cam && !evaluation.layer_cam) {
      warnings.push_back("layer_cam: level " + std::to_string(evaluation.layer_cam_level) +
                         " as given, not its best; --layer-cam-side chooses one");
    }
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
  evaluation.layer_cam = layer_cam_;
  evaluation.layer_cam_level = options_.method.activations.layer_cam_level;
  for (const auto& running : methods_) {
    evaluation.methods.push_back(summarise_method(running, bootstrap));
  }
  compare_with_first(evaluation.methods, bootstrap);
  warn(evaluation);
  return evaluation;
}

}  // namespace cxrnet::pipeline
