// evaluate: how good a model is on labelled images, every figure with its interval by patient.
#include <map>
#include <optional>

#include "commands/commands.h"
#include "commands/measure/estimate_text.h"
#include "commands/measure/evaluate_explanations.h"
#include "cxrnet/data/duplicates.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/metrics/report_json.h"
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/evaluation.h"
#include "cxrnet/pipeline/flag_rates.h"
#include "cxrnet/pipeline/loaded_model.h"
#include "cxrnet/pipeline/picture_decoder.h"
#include "cxrnet/pipeline/precision.h"
#include "cxrnet/report/evaluation_report.h"
#include "framework/default_model.h"
#include "framework/inputs.h"
#include "framework/naming.h"
#include "framework/version.h"

namespace cxrnet::app {
namespace {

constexpr const char* kResult = "evaluation.json";
constexpr const char* kReport = "report.html";

struct EvaluateOptions {
  std::string data;
  std::string split_column = "group_split";
  std::string split;
  bool allow_leak = false;
  data::Duplicates duplicates = data::Duplicates::ignore;
  std::string model;
  pipeline::RequestedPrecision precision = pipeline::RequestedPrecision::f32;
  metrics::BootstrapOptions bootstrap;
  EvaluateExplanationOptions explanation;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.data, Field{"data", "manifest.csv with the images and their labels"});
    visit(self.split_column, Field{"split-column", "column that names each row's side"});
    visit(self.split, Field{"split", "side to evaluate, such as test; empty: every row"});
    visit(self.allow_leak,
          Field{"allow-leak", "evaluate although patients of this side are on another one, too"});
    visit(self.duplicates,
          Field{"duplicates", "look for copies of a picture on two sides: report, refuse, ignore"});
    visit(self.model, Field{"model", "model file; empty: the default model"});
    visit(self.precision, Field{"precision", pipeline::kPrecisionHelp});
    cxrnet::visit_fields(self.bootstrap, visit);
    cxrnet::visit_fields(self.explanation, visit);
  }
};

// What the rows that are evaluated are: how many of each side, and what to know about it.
struct ChosenRows {
  data::Manifest manifest;
  std::string column = {};  // of the split; empty: the manifest has none
  std::map<std::string, std::size_t> sides = {};
  std::vector<std::string> notes = {};
};

std::string note_on_every_row(const ChosenRows& rows) {
  std::vector<std::string> sides;
  for (const auto& [side, count] : rows.sides)
    sides.push_back(std::to_string(count) + " of " + side);
  return "every row is evaluated, whatever its side of " + rows.column + " (" + join(sides) +
         "): figures on images that a model was trained on are too good; --split test takes the "
         "test side alone";
}

// The rows of the side; a patient who is also on another side would make the figures too good.
ChosenRows read_rows_to_evaluate(const EvaluateOptions& options) {
  ChosenRows rows{.manifest = naming("--data", require_data(options.data),
                                     [](const auto& file) { return data::read_manifest(file); })};
  const auto columns = data::split_columns(rows.manifest.header);
  const bool has_column =
      std::find(columns.begin(), columns.end(), options.split_column) != columns.end();
  rows.column = has_column || columns.empty() ? options.split_column : columns.front();
  const auto copies = data::check_duplicates(rows.manifest, rows.column, options.split,
                                             options.duplicates, pipeline::decode_picture);
  if (!options.split.empty()) {
    auto side = data::one_side(std::move(rows.manifest), options.split_column, options.split,
                               options.allow_leak);
    rows.manifest = std::move(side.manifest);
    rows.notes = std::move(side.notes);
    rows.notes.insert(rows.notes.end(), copies.begin(), copies.end());
  } else if (columns.empty()) {
    rows.column.clear();
    return rows;
  }
  const auto contents = data::describe_split(data::split_cells(rows.manifest, rows.column));
  rows.sides = contents.rows;
  if (!options.split.empty()) return rows;
  rows.notes = data::notes_on_split(rows.column, contents);
  rows.notes.insert(rows.notes.begin(), note_on_every_row(rows));
  rows.notes.insert(rows.notes.end(), copies.begin(), copies.end());
  return rows;
}

// The images on which LayerCAM's level is chosen.
data::Manifest read_layer_cam_side(const EvaluateOptions& options) {
  const auto& side = options.explanation.explanations.layer_cam_side;
  if (side.empty()) return {};
  return data::one_side(data::read_manifest(require_data(options.data)), options.split_column, side,
                        options.allow_leak)
      .manifest;
}

void print_per_class(const metrics::ClassificationReport& report, Console& console) {
  Table table{.header = {"class", "precision", "recall", "F1", "AUROC", "support"}, .rows = {}};
  for (const auto& figures : report.per_class) {
    table.rows.push_back({figures.label, estimate_text(figures.precision),
                          estimate_text(figures.recall), estimate_text(figures.f1),
                          estimate_text(figures.auroc), std::to_string(figures.support)});
  }
  console.print_table(table);
}

void print_confusion_matrix(const metrics::ConfusionMatrix& matrix, Console& console) {
  Table table{.header = {"actual \\ predicted"}, .rows = {}};
  for (const auto& label : matrix.labels()) table.header.push_back(label);
  for (std::size_t actual = 0; actual < matrix.labels().size(); ++actual) {
    std::vector<std::string> row{matrix.labels()[actual]};
    for (std::size_t predicted = 0; predicted < matrix.labels().size(); ++predicted) {
      row.push_back(std::to_string(matrix.count(actual, predicted)));
    }
    table.rows.push_back(std::move(row));
  }
  console.print_table(table);
}

std::string share_text(const pipeline::FlaggedShare& part) {
  return std::to_string(part.flagged) + " of " + std::to_string(part.n) + ", " +
         estimate_text(part.share);
}

void print_flag_rates(const std::vector<pipeline::FlagRate>& rates, Console& console) {
  Table table{.header = {"flag", "on right answers", "on wrong answers"}, .rows = {}};
  for (const auto& rate : rates) {
    const bool seen = rate.right.flagged + rate.wrong.flagged > 0;
    if (seen || rate.flag == "out_of_distribution" || rate.flag == "any")
      table.rows.push_back({rate.flag, share_text(rate.right), share_text(rate.wrong)});
  }
  console.print_table(table);
}

void print_tables(const pipeline::Evaluation& evaluation,
                  const std::vector<pipeline::FlagRate>& rates, Console& console) {
  const auto& report = evaluation.classification;
  console.print_line("images: " + std::to_string(report.n) + " of " +
                     std::to_string(report.groups) +
                     " patients; intervals: 95 %, bootstrap by patient");
  console.print_line("accuracy: " + estimate_text(report.accuracy));
  print_per_class(report, console);
  print_confusion_matrix(report.confusion_matrix, console);
  console.print_line("calibration: ECE " + estimate_text(report.ece) + ", Brier " +
                     estimate_text(report.brier));
  console.print_line("lung segmentation: IoU " + estimate_text(evaluation.segmentation.iou) +
                     ", Dice " + estimate_text(evaluation.segmentation.dice) + " on " +
                     std::to_string(evaluation.segmentation.n) + " images");
  Table sources{.header = {"source", "images", "accuracy"}, .rows = {}};
  for (const auto& source : evaluation.sources) {
    sources.rows.push_back({source.source.empty() ? "(not stated)" : source.source,
                            std::to_string(source.n), estimate_text(source.accuracy)});
  }
  console.print_table(sources);
  print_flag_rates(rates, console);
  if (evaluation.explanation) print_explanations(*evaluation.explanation, console);
  console.print_line(kResearchUse);
}

nlohmann::json sources_json(const pipeline::Evaluation& evaluation) {
  nlohmann::json sources = nlohmann::json::object();
  for (const auto& source : evaluation.sources) {
    auto& figures = sources[source.source];
    const auto& accuracy = source.accuracy;
    figures = {{"n", source.n},
               {"accuracy", accuracy.value ? nlohmann::json(*accuracy.value) : nlohmann::json()}};
    if (accuracy.interval) figures["interval"] = {accuracy.interval->low, accuracy.interval->high};
  }
  return sources;
}

// What is said whether anything was measured or not.
void tell_run(nlohmann::json& result, const pipeline::LoadedModel& model,
              const EvaluateOptions& options, const ChosenRows& rows,
              const std::vector<Refusal>& refused, const Batch& batch) {
  result["schema"] = "cxrnet.evaluate/1";
  result["split_column"] = rows.column;
  result["split"] = data::side_of(options.split);
  result["sides"] = rows.sides;
  result["notes"] = rows.notes;
  result["model"] = nn::to_json(nn::identity_of(model.file, model.sha256));
  result["refused"] = refusals_to_json(refused);
  result["notice"] = kResearchUse;
  tell_completeness(result, batch);
}

nlohmann::json to_result(const pipeline::Evaluation& evaluation,
                         const std::vector<pipeline::FlagRate>& rates) {
  auto result = metrics::to_json(evaluation.classification, evaluation.segmentation);
  if (evaluation.explanation) {
    result.update(pipeline::to_json(*evaluation.explanation), /*merge_objects=*/true);
  }
  result["sources"] = sources_json(evaluation);
  result["flags"] = pipeline::to_json(rates);
  return result;
}

// What was measured: the images, and which of the manifest's rows they are.
struct Measured {
  std::vector<pipeline::EvaluatedImage> images;
  std::vector<std::size_t> rows;
  Batch batch;
};

Measured evaluate_rows(const data::Manifest& manifest, const pipeline::LoadedModel& model,
                       const engine::EngineOptions& engine, Inputs& inputs, Console& console) {
  pipeline::Diagnoser diagnoser(model.file, engine);
  for (const auto& row : manifest.rows)
    inputs.accepted.push_back({"manifest line " + std::to_string(row.line), row.image_id});
  Measured measured;
  std::size_t next = 0;
  measured.batch = for_each_input(console, inputs, [&](const Input&) {
    const auto index = next++;
    measured.images.push_back(pipeline::evaluate_image(diagnoser, manifest, manifest.rows[index]));
    measured.rows.push_back(index);
  });
  return measured;
}

void write_results(const nlohmann::json& result, const pipeline::Evaluation& evaluation,
                   const pipeline::LoadedModel& model, std::size_t unprocessed,
                   OutputFolder& folder, Context& context) {
  auto about = report::describe_run(model.file, model.sha256, kVersion);
  report::note_unprocessed(about, unprocessed);
  folder.write(kResult, json_text(result));
  folder.write(kReport, report::format_evaluation_report(evaluation, about));
  context.save_configuration(folder);
}

ExitStatus run(const EvaluateOptions& options, Context& context) {
  const auto rows = read_rows_to_evaluate(options);
  const auto& manifest = rows.manifest;
  for (const auto& note : rows.notes) context.console.message("note: " + note);
  std::optional<OutputFolder> folder;
  if (!context.common.out.empty()) folder.emplace(context.open_out_folder({kResult, kReport}));
  const auto model =
      naming("--model", require_model_path(options.model), pipeline::load_model_with_digest);
  const auto judge = prepare_judge(options.explanation, model, options.split);
  const auto layer_cam_side = read_layer_cam_side(options);
  Inputs inputs;
  const auto chosen = pipeline::choose_engine(options.precision, model.file, manifest.rows.size());
  if (options.precision == pipeline::RequestedPrecision::automatic)
    context.console.message("precision: " + chosen.reason);
  const auto measured = evaluate_rows(manifest, model, chosen.options, inputs, context.console);
  if (measured.images.empty() && !measured.batch.complete()) {  // cut off before there is a figure
    nlohmann::json result{{"n", 0}};
    tell_run(result, model, options, rows, inputs.refused, measured.batch);
    if (context.common.json) context.console.print_json(result);
    return measured.batch.end();
  }
  auto evaluation = pipeline::summarise(measured.images, options.bootstrap);
  const auto rates =
      pipeline::flag_rates(measured.images, model.file.ood.fitted, options.bootstrap);
  const bool explains = !options.explanation.explanations.methods.empty();
  if (explains && measured.batch.complete()) {
    evaluation.explanation = evaluate_explanations(options.explanation,
                                                   {.model = model,
                                                    .judge = judge,
                                                    .manifest = manifest,
                                                    .evaluated = measured.rows,
                                                    .layer_cam_side = layer_cam_side},
                                                   options.bootstrap, context);
    if (evaluation.explanation) {
      for (const auto& warning : evaluation.explanation->warnings) context.console.warning(warning);
    }
  }
  auto result = to_result(evaluation, rates);
  tell_run(result, model, options, rows, inputs.refused, measured.batch);
  if (explains && !evaluation.explanation) result["complete"] = false;
  result["precision"] = to_string(chosen.options.precision);
  if (folder) {
    write_results(result, evaluation, model, measured.batch.unprocessed.size(), *folder, context);
  }
  if (context.common.json) {
    context.console.print_json(result);
  } else {
    print_tables(evaluation, rates, context.console);
  }
  return measured.batch.end();
}

}  // namespace

Command evaluate_command() {
  return make_command<EvaluateOptions>(
      {.verb = "evaluate",
       .group = "Data and training",
       .summary = "measure a model on labelled images, with intervals by patient",
       .example = "cxrnet evaluate --data manifest.csv --split test --out results",
       .uses = {.json = true,
                .threads = true,
                .out = "folder for evaluation.json and report.html",
                .overwrite = true},
       .clinical = true},
      run);
}

}  // namespace cxrnet::app
