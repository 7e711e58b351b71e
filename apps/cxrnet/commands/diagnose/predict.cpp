// predict: label, probabilities, lung mask, heat map and overlay for each X-ray.
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <span>

#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/overlay.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/diagnosis.h"
#include "cxrnet/pipeline/loaded_model.h"
#include "cxrnet/pipeline/precision.h"
#include "cxrnet/report/case_json.h"
#include "cxrnet/report/case_report.h"
#include "framework/default_model.h"
#include "framework/inputs.h"
#include "framework/json_list_file.h"
#include "framework/naming.h"
#include "framework/stems.h"
#include "framework/threads.h"
#include "framework/version.h"

namespace cxrnet::app {
namespace {

struct PredictOptions {
  std::string model;
  pipeline::RequestedPrecision precision = pipeline::RequestedPrecision::f32;
  std::string report;
  int64_t workers = 0;
  int64_t batch = 0;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.model, Field{"model", "model file; empty: the default model"});
    visit(self.precision, Field{"precision", pipeline::kPrecisionHelp});
    visit(self.report,
          Field{.name = "report",
                .help = "also write one self-contained HTML page with all cases to this file",
                .aspect = Aspect::running,
                .saved = false});
    visit(self.workers,
          Field{"workers",
                "groups of images that are worked on at once, sharing the threads; 0: one for "
                "each thread when there are enough images",
                {.minimum = 0, .maximum = 256},
                Aspect::running});
    visit(self.batch, Field{"batch",
                            "images that a worker's networks answer at once; 0: four when "
                            "workers have several threads and enough images",
                            {.minimum = 0, .maximum = 64},
                            Aspect::running});
  }
};

constexpr const char* kPredictions = "predictions.json";

void add_pictures(const pipeline::Diagnosis& diagnosis, const std::string& stem,
                  OutputFolder& folder) {
  auto overlay =
      imaging::encode_png(imaging::heat_overlay(diagnosis.image, diagnosis.heat, diagnosis.mask));
  auto heat = imaging::encode_png(diagnosis.heat);
  auto mask = diagnosis.mask.empty() ? std::string() : imaging::encode_png(diagnosis.mask);
  folder.add(stem + ".overlay.png", overlay, OutputKind::picture);
  folder.add(stem + ".heat.png", heat, OutputKind::picture);
  if (!mask.empty()) folder.add(stem + ".mask.png", mask, OutputKind::picture);
}

std::vector<std::string> table_row(const std::string& stem, const pipeline::Diagnosis& diagnosis) {
  std::vector<std::string> row{stem, diagnosis.label};
  for (const double probability : diagnosis.probabilities)
    row.push_back(format_fixed(probability, 3));
  row.push_back(format_fixed(diagnosis.lung_fraction, 2));
  std::vector<std::string> flags;
  for (const auto flag : diagnosis.flags) flags.emplace_back(pipeline::flag_name(flag));
  row.push_back(flags.empty() ? "-" : join(flags, " "));
  return row;
}

Table empty_table() {
  Table table{.header = {"image", "label"}, .rows = {}};
  for (const auto label : nn::kLabels) table.header.push_back("p(" + std::string(label) + ")");
  table.header.insert(table.header.end(), {"lung", "flags"});
  return table;
}

// What is said of one image; its pictures are pending already.
struct Prediction {
  std::string answer;  // an element of predictions.json
  std::vector<std::string> row;
  std::optional<pipeline::Diagnosis> diagnosis = {};  // where a report will show it
};

// Answers inputs from file to pictures. Workers share the networks' weights; each keeps its own
// compiled ones.
class Predictor {
 public:
  Predictor(const PredictOptions& options, const pipeline::LoadedModel& model,
            const engine::EngineOptions& engine, const Workers& workers, OutputFolder& folder)
      : options_(options),
        model_(nn::identity_of(model.file, model.sha256)),
        workers_(workers),
        folder_(folder),
        diagnoser_(model.file, engine, workers.batch) {}

  std::vector<Attempt<Prediction>> predict(std::span<const Input> inputs) {
    set_threads_each(workers_);
    std::vector<Attempt<Prediction>> predictions(inputs.size());
    std::vector<imaging::GreyImage> images;
    std::vector<std::size_t> places;  // of the images among the inputs
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto decoded = attempt([&] { return imaging::decode_image(read_file(inputs[i].path)); });
      predictions[i].failure = decoded.failure;
      if (decoded.failure) continue;
      images.push_back(decoded.take());
      places.push_back(i);
    }
    auto diagnoses = diagnoser_.diagnose_all(images);
    for (std::size_t i = 0; i < places.size(); ++i) {
      predictions[places[i]] =
          attempt([&] { return describe(inputs[places[i]], diagnoses[i].take()); });
    }
    return predictions;
  }

 private:
  Prediction describe(const Input& input, pipeline::Diagnosis diagnosis) {
    auto answer = report::case_json(diagnosis, model_);
    answer["input"] = input.path.string();
    answer["stem"] = input.stem;
    Prediction prediction{.answer = JsonListFile::element_text(answer),
                          .row = table_row(input.stem, diagnosis)};
    add_pictures(diagnosis, input.stem, folder_);
    if (!options_.report.empty()) prediction.diagnosis = std::move(diagnosis);
    return prediction;
  }

  const PredictOptions& options_;
  nn::ModelIdentity model_;
  Workers workers_;
  OutputFolder& folder_;
  pipeline::Diagnoser diagnoser_;
};

std::vector<GroupWorker<Prediction>> make_workers(const PredictOptions& options,
                                                  const pipeline::LoadedModel& model,
                                                  const engine::EngineOptions& engine,
                                                  const Workers& workers, OutputFolder& folder) {
  std::vector<GroupWorker<Prediction>> all;
  for (std::size_t i = 0; i < workers.count; ++i) {
    const auto predictor = std::make_shared<Predictor>(options, model, engine, workers, folder);
    all.emplace_back(
        [predictor](std::span<const Input> inputs) { return predictor->predict(inputs); });
  }
  return all;
}

std::optional<OutputFile> open_report(const std::string& file, const Context& context,
                                      OutputFolder& folder) {
  if (file.empty()) return std::nullopt;
  return OutputFile(file, context.replace(), &folder);
}

ExitStatus run(const PredictOptions& options, Context& context) {
  const auto model =
      naming("--model", require_model_path(options.model), pipeline::load_model_with_digest);
  auto folder = context.open_out_folder();
  auto report = open_report(options.report, context, folder);
  auto inputs = expand_inputs(context.arguments("INPUT"), folder);
  if (report) report->protect(inputs.kept_paths());
  const auto chosen =
      pipeline::choose_engine(options.precision, model.file, inputs.accepted.size());
  if (options.precision == pipeline::RequestedPrecision::automatic)
    context.console.message("precision: " + chosen.reason);
  const auto workers =
      choose_workers({.count = options.workers, .batch = options.batch}, inputs.accepted.size());
  report::CaseReport html(report::describe_run(model.file, model.sha256, kVersion));
  JsonListFile cases(folder, kPredictions, "images");  // an archive has many
  Table table = empty_table();
  const auto collect = [&](const Input& input, Prediction prediction) {
    cases.add(prediction.answer);
    if (!context.common.json) table.rows.push_back(std::move(prediction.row));
    if (prediction.diagnosis) html.add(input.stem, *prediction.diagnosis);
  };
  auto batch =
      for_each_input(context.console, inputs, workers.batch,
                     make_workers(options, model, chosen.options, workers, folder), collect);
  const auto unwritten = commit_outputs(folder, context.console, batch);
  nlohmann::json others{{"schema", "cxrnet.predict/1"},
                        {"precision", to_string(chosen.options.precision)},
                        {"model", nn::to_json(nn::identity_of(model.file, model.sha256))},
                        {"refused", refusals_to_json(inputs.refused)},
                        {"unwritten", unwritten},
                        {"notice", kResearchUse}};
  tell_completeness(others, batch);
  cases.finish(others);
  context.save_configuration(folder);
  if (report) {
    for (const auto& refusal : inputs.refused) {
      html.add_refused(output_stem(refusal.input), reason_code(refusal.code), refusal.message);
    }
    html.note_unprocessed(batch.unprocessed.size());
    report->write(html.finish());
  }
  if (context.common.json) {
    context.console.print_file(folder.path() / kPredictions);
  } else {
    if (!table.rows.empty()) context.console.print_table(table);
    context.console.print_line(kResearchUse);
  }
  return batch.end();
}

}  // namespace

Command predict_command() {
  return make_command<PredictOptions>(
      {.verb = "predict",
       .group = "Images",
       .summary = "diagnose X-rays: label, probabilities, lung mask, heat map, overlay",
       .example = "cxrnet predict scans/ --out results --report results/report.html",
       .positionals = {input_positional()},
       .uses = {.json = true,
                .threads = true,
                .out = "folder for pictures and predictions.json",
                .out_required = true,
                .overwrite = true},
       .clinical = true},
      run);
}

}  // namespace cxrnet::app
