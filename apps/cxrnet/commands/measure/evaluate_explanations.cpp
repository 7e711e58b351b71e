#include "commands/measure/evaluate_explanations.h"

#include <algorithm>

#include "commands/measure/estimate_text.h"
#include "cxrnet/core/error.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/pipeline/explanation_benchmark.h"
#include "framework/naming.h"

namespace cxrnet::app {
namespace {

void require_methods(const EvaluateExplanationOptions& options) {
  const auto& explanations = options.explanations;
  const auto* without = !explanations.label.empty()            ? "explain-class"
                        : explanations.limit > 0               ? "explain-limit"
                        : !explanations.layer_cam_side.empty() ? "layer-cam-side"
                        : !options.judge.empty()               ? "judge"
                                                               : nullptr;
  if (!explanations.methods.empty() || without == nullptr) return;
  throw Error(ErrorCode::invalid_option,
              std::string(without) + ": expected --explain METHOD,... with it, got none; add it");
}

pipeline::ExplanationBenchmark make_benchmark(const pipeline::ExplanationOptions& options,
                                              const ExplanationTask& task) {
  const auto& judging = task.judge ? task.judge->file : task.model.file;
  const auto name = task.judge ? judging.name + " (" + task.judge->sha256.substr(0, 12) + ")"
                               : "the model itself";
  return {task.model.file.classifier, pipeline::make_judge(judging), name, options};
}

void require_another_side(const std::string& layer_cam_side, const std::string& measured_side) {
  if (layer_cam_side.empty()) return;
  if (measured_side.empty() || data::side_of(measured_side) == data::side_of(layer_cam_side)) {
    throw Error(ErrorCode::invalid_option,
                "layer-cam-side: expected a side that is not measured, got '" + layer_cam_side +
                    "'; measure another one with --split");
  }
}

std::vector<data::ManifestRow> rows_of(const data::Manifest& manifest,
                                       const pipeline::ExplanationOptions& options) {
  std::vector<data::ManifestRow> rows;
  for (const auto index : pipeline::choose_explained(manifest.rows, options))
    rows.push_back(manifest.rows[index]);
  return rows;
}

// An image that is refused, as for having no lungs, is left out and said. Nothing when a stop was
// requested.
std::optional<pipeline::LayerCamChoice> choose_level(const pipeline::ExplanationOptions& options,
                                                     const ExplanationTask& task,
                                                     Context& context) {
  auto some = options;
  some.limit = options.layer_cam_images;
  std::vector<pipeline::ExplanationCase> cases;
  for (const auto& row : rows_of(task.layer_cam_side, some)) {
    if (stop_requested()) return std::nullopt;
    try {
      cases.push_back(pipeline::read_explanation_case(task.model.file, task.layer_cam_side, row));
    } catch (const Error& error) {
      if (concern_of(error.code()) != Concern::input) throw;
      context.console.warning("LayerCAM's level: manifest line " + std::to_string(row.line) +
                              " is left out: " + error.what());
    }
  }
  const auto& judging = task.judge ? task.judge->file : task.model.file;
  return pipeline::choose_layer_cam_level(task.model.file.classifier, pipeline::make_judge(judging),
                                          cases, options);
}

bool has_layer_cam(const pipeline::ExplanationOptions& options) {
  const auto methods = pipeline::parse_methods(options.methods);
  return std::find(methods.begin(), methods.end(), explain::Method::layer_cam) != methods.end();
}

// Fill, grid and judge stand in the header: without them a figure says nothing.
std::vector<std::string> deletion_titles(const pipeline::ExplanationEvaluation& evaluation) {
  std::vector<std::string> titles;
  for (const auto& setting : explain::block_settings(evaluation.benchmark))
    titles.push_back("deletion (" + explain::title_of(setting) + ", " + evaluation.judge + ")");
  return titles;
}

std::string insertion_title(const pipeline::ExplanationEvaluation& evaluation) {
  return "insertion (" + explain::title_of(explain::block_settings(evaluation.benchmark).front()) +
         ", " + evaluation.judge + ")";
}

// Of a method's figures, or of differences.
std::vector<std::string> fair_row(const pipeline::MethodEvaluation& method, const auto& figures) {
  std::vector<std::string> row{std::string(to_string(method.method))};
  for (const auto& block : figures.blocks) row.push_back(estimate_text(block.deletion));
  row.push_back(estimate_text(figures.insertion));
  row.push_back(estimate_text(figures.inside_lung));
  return row;
}

// The first method against each other one.
void print_differences(const pipeline::ExplanationEvaluation& evaluation, Console& console) {
  const auto methods = evaluation.measured();
  if (methods.size() < 2) return;
  Table table{.header = {std::string(to_string(methods.front()->method)) + " -"}, .rows = {}};
  for (const auto& title : deletion_titles(evaluation)) table.header.push_back(title);
  table.header.insert(table.header.end(), {insertion_title(evaluation), "inside lungs"});
  for (const auto* method : methods) {
    if (!method->difference) continue;
    const auto& difference = *method->difference;
    table.rows.push_back(fair_row(*method, difference));
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

Judge prepare_judge(const EvaluateExplanationOptions& options, const pipeline::LoadedModel& model,
                    const std::string& measured_side) {
  require_methods(options);
  pipeline::parse_methods(options.explanations.methods);
  explain::block_settings(pipeline::with_evidence(options.explanations).benchmark);
  if (!options.explanations.label.empty()) nn::label_index(options.explanations.label);
  require_another_side(options.explanations.layer_cam_side, measured_side);
  if (options.judge.empty()) return std::nullopt;
  auto judge = naming("--judge", options.judge, pipeline::load_model_with_digest);
  pipeline::require_same_input(model.file, judge.file);
  return judge;
}

std::optional<pipeline::ExplanationEvaluation> evaluate_explanations(
    const EvaluateExplanationOptions& options, const ExplanationTask& task,
    const metrics::BootstrapOptions& bootstrap, Context& context) {
  auto resolved = pipeline::with_evidence(options.explanations);
  std::optional<pipeline::LayerCamChoice> choice;
  if (!resolved.layer_cam_side.empty() && has_layer_cam(resolved)) {
    choice = choose_level(resolved, task, context);
    if (!choice) return std::nullopt;
    resolved.method.activations.layer_cam_level = choice->level;
  }
  data::Manifest readable = task.manifest;
  readable.rows.clear();
  for (const auto index : task.evaluated) readable.rows.push_back(task.manifest.rows[index]);
  const auto rows = rows_of(readable, resolved);
  auto benchmark = make_benchmark(resolved, task);
  if (choice) benchmark.note(*choice);
  ProgressBar bar(context.console, "explanations", static_cast<int64_t>(rows.size()));
  int64_t done = 0;
  for (const auto& row : rows) {
    if (stop_requested()) return std::nullopt;
    benchmark.add(pipeline::read_explanation_case(task.model.file, task.manifest, row));
    bar.update(++done);
  }
  return benchmark.finish(bootstrap);
}

void print_explanations(const pipeline::ExplanationEvaluation& evaluation, Console& console) {
  console.print_line("explanations: " + std::to_string(evaluation.n) + " images of " +
                     std::to_string(evaluation.patients) + " patients, asked about " +
                     (evaluation.label.empty() ? "their true labels" : evaluation.label) +
                     ". Higher is better. Terms: docs/glossary.md");
  Table fair{.header = {"method"}, .rows = {}};
  for (const auto& title : deletion_titles(evaluation)) fair.header.push_back(title);
  fair.header.insert(fair.header.end(), {insertion_title(evaluation), "inside lungs", "dead maps"});
  Table paper{
      .header = {"method", "AOPPC (threshold, zero, " + evaluation.judge + ")",
                 "AOPPC (rank, zero, " + evaluation.judge + ")", "maps/s", "judged images/s"},
      .rows = {}};
  for (const auto* method : evaluation.measured()) {
    const auto& summary = method->summary;
    fair.rows.push_back(fair_row(*method, summary));
    fair.rows.back().push_back(std::to_string(summary.n_dead) + " of " + std::to_string(summary.n));
    paper.rows.push_back({std::string(to_string(method->method)),
                          estimate_text(summary.aoppc_threshold), estimate_text(summary.aoppc_rank),
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
