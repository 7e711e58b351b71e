#include "commands/measure/evaluate_explanations.h"

#include "commands/measure/estimate_text.h"
#include "cxrnet/core/error.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/pipeline/explanation_benchmark.h"
#include "framework/naming.h"

namespace cxrnet::app {
namespace {

void require_methods(const EvaluateExplanationOptions& options) {
  const auto& explanations = options.explanations;
  const auto* without = !explanations.label.empty() ? "explain-class"
                        : explanations.limit > 0    ? "explain-limit"
                        : !options.judge.empty()    ? "judge"
                                                    : nullptr;
  if (!explanations.methods.empty() || without == nullptr) return;
  throw Error(ErrorCode::invalid_option,
              std::string(without) + ": expected --explain METHOD,... with it, got none; add it");
}

pipeline::ExplanationBenchmark make_benchmark(const EvaluateExplanationOptions& options,
                                              const pipeline::LoadedModel& model,
                                              const Judge& judge) {
  const auto& judging = judge ? judge->file : model.file;
  const auto name =
      judge ? judging.name + " (" + judge->sha256.substr(0, 12) + ")" : "the model itself";
  return {model.file.classifier, pipeline::make_judge(judging), name, options.explanations};
}

// The first method against each other one.
void print_differences(const pipeline::ExplanationEvaluation& evaluation, Console& console) {
  const auto methods = evaluation.measured();
  if (methods.size() < 2) return;
  Table table{.header = {std::string(to_string(methods.front()->method)) + " -", "deletion",
                         "insertion", "AOPPC block", "inside lungs"},
              .rows = {}};
  for (const auto* method : methods) {
    if (!method->difference) continue;
    const auto& difference = *method->difference;
    table.rows.push_back({std::string(to_string(method->method)),
                          estimate_text(difference.deletion), estimate_text(difference.insertion),
                          estimate_text(difference.aoppc_block),
                          estimate_text(difference.inside_lung)});
  }
  console.print_line(
      "differences image by image; the first is better where the whole interval is above 0");
  console.print_table(table);
}

// What the judge says of whole and of empty images: the same for every method.
void print_judge(const pipeline::ExplanationEvaluation& evaluation, Console& console) {
  const auto methods = evaluation.measured();
  if (methods.empty()) return;
  const auto& summary = methods.front()->summary;
  console.print_line("mean score of the whole images " + estimate_text(summary.p_whole) +
                     ", with every block removed " + estimate_text(summary.p_full_removal) +
                     ", black " + estimate_text(summary.p_black));
}

}  // namespace

Judge prepare_judge(const EvaluateExplanationOptions& options, const pipeline::LoadedModel& model) {
  require_methods(options);
  pipeline::parse_methods(options.explanations.methods);
  if (!options.explanations.label.empty()) nn::label_index(options.explanations.label);
  if (options.judge.empty()) return std::nullopt;
  auto judge = naming("--judge", options.judge, pipeline::load_model_with_digest);
  pipeline::require_same_input(model.file, judge.file);
  return judge;
}

std::optional<pipeline::ExplanationEvaluation> evaluate_explanations(
    const EvaluateExplanationOptions& options, const pipeline::LoadedModel& model,
    const Judge& judge, const data::Manifest& manifest, const std::vector<std::size_t>& evaluated,
    const metrics::BootstrapOptions& bootstrap, Context& context) {
  std::vector<data::ManifestRow> rows;
  rows.reserve(evaluated.size());
  for (const auto index : evaluated) rows.push_back(manifest.rows[index]);
  const auto chosen = pipeline::choose_explained(rows, options.explanations);
  auto benchmark = make_benchmark(options, model, judge);
  ProgressBar bar(context.console, "explanations", static_cast<int64_t>(chosen.size()));
  int64_t done = 0;
  for (const auto index : chosen) {
    if (stop_requested()) return std::nullopt;
    benchmark.add(pipeline::read_explanation_case(model.file, manifest, rows[index]));
    bar.update(++done);
  }
  return benchmark.finish(bootstrap);
}

void print_explanations(const pipeline::ExplanationEvaluation& evaluation, Console& console) {
  console.print_line("explanations: " + std::to_string(evaluation.n) + " images of " +
                     std::to_string(evaluation.patients) + " patients, asked about " +
                     (evaluation.label.empty() ? "their true labels" : evaluation.label) +
                     "; judged by " + evaluation.judge + "; blocks filled by " +
                     std::string(to_string(evaluation.benchmark.imputation)) +
                     ". Higher is better.");
  Table fair{.header = {"method", "deletion", "insertion", "AOPPC block", "inside lungs"},
             .rows = {}};
  Table paper{.header = {"method", "AOPPC threshold", "AOPPC rank", "maps/s", "judged images/s"},
              .rows = {}};
  for (const auto* method : evaluation.measured()) {
    const std::string name(to_string(method->method));
    const auto& summary = method->summary;
    fair.rows.push_back({name, estimate_text(summary.deletion), estimate_text(summary.insertion),
                         estimate_text(summary.aoppc_block), estimate_text(summary.inside_lung)});
    paper.rows.push_back({name, estimate_text(summary.aoppc_threshold),
                          estimate_text(summary.aoppc_rank),
                          format_fixed(method->explained_per_second, 1),
                          format_fixed(summary.images_per_second, 1)});
  }
  print_judge(evaluation, console);
  console.print_table(fair);
  print_differences(evaluation, console);
  console.print_line("the paper's fill: pixels to black, by threshold (eq. 12) and by equal area");
  console.print_table(paper);
}

}  // namespace cxrnet::app
