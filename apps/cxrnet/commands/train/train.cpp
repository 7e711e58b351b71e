// train: a segmenter, a classifier or an autoencoder from prepared shards, resumable.
#include <torch/nn/module.h>

#include <numeric>

#include "commands/commands.h"
#include "commands/train/epoch_bar.h"
#include "commands/train/train_options.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/fingerprint.h"
#include "cxrnet/core/instruction_set.h"
#include "cxrnet/data/duplicates.h"
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/nn/torchvision_weights.h"
#include "cxrnet/train/autocast.h"
#include "cxrnet/train/classification_task.h"
#include "cxrnet/train/memory_pool.h"
#include "cxrnet/train/model_assembly.h"
#include "cxrnet/train/reconstruction_task.h"
#include "cxrnet/train/run_folder.h"
#include "cxrnet/train/segmentation_task.h"
#include "cxrnet/train/sides.h"
#include "cxrnet/train/warm_start.h"
#ifndef CXRNET_MINIMAL
#include "cxrnet/pipeline/sha256.h"
#endif
#include "framework/version.h"

namespace cxrnet::app {
namespace {

// Shows a run on the console.
class ConsoleObserver final : public train::Observer {
 public:
  explicit ConsoleObserver(Console& console) : console_(console), bar_(console) {}

  void on_step(const train::StepReport& step) override { bar_.show(step); }

  void on_epoch(const train::EpochReport& epoch) override {
    bar_.end();
    std::string line = "epoch " + std::to_string(epoch.epoch) + "/" + std::to_string(epoch.epochs) +
                       ": training loss " + format_fixed(epoch.training_loss, 4);
    for (const auto& [name, value] : epoch.figures)
      line += ", validation " + name + " " + format_fixed(value, 4);
    line += ", " + format_fixed(epoch.images_per_second, 1) + " images/s, data wait " +
            format_fixed(100.0 * epoch.data_wait_share, 1) + " %";
    console_.message(line + (epoch.is_best ? " (best so far)" : ""));
  }

 private:
  Console& console_;
  EpochBar bar_;
};

constexpr std::array<const char*, 2> kBeginnings{"resume", "restart"};

// What a run leaves behind: the best epoch's network as a model file; gives the model's identity.
nlohmann::json write_model(nn::ModelFile model, const TrainOptions& options,
                           const nlohmann::json& run, Context& context,
                           const std::filesystem::path& folder) {
  auto made_with = options_to_json(options);
  for (const char* beginning : kBeginnings) made_with.erase(beginning);
  model.name = options.name;
  model.licence = options.licence;
  if (!options.limits.empty()) model.card["limits"] = options.limits;
  if (!options.population.empty()) model.card["population"] = options.population;
  model.provenance = {{"program", std::string("cxrnet ") + kVersion},
                      {"seed", context.common.seed},
                      {"options", made_with},
                      {"run", run}};
  nn::save_model(folder / train::kModelFile, model);
  std::string sha256;
#ifndef CXRNET_MINIMAL
  sha256 = pipeline::sha256_hex(read_file(folder / train::kModelFile, kMaxLargeFileBytes));
#endif
  return nn::to_json(nn::identity_of(model, sha256));
}

// What a run must keep beside the training options, which the trainer compares itself. Files count
// by their contents, since a run may move to another machine.
nlohmann::json facts_of(const TrainOptions& options) {
  auto facts = options_to_json(options);
  const auto trained_with = options_to_json(options.training);
  for (const auto& [name, value] : trained_with.items()) facts.erase(name);
  for (const char* beginning : kBeginnings) facts.erase(beginning);
  const auto by_contents = [](const std::string& path) {
    return path.empty() ? std::string()
                        : "contents " + fingerprint_of(read_file(path, kMaxLargeFileBytes));
  };
  facts["segmenter"] = by_contents(options.segmenter);
  facts["encoder-weights"] = by_contents(options.encoder_weights);
  facts["initial-model"] = by_contents(options.initial_model);
  facts["teachers"] = nlohmann::json::array();
  for (const auto& path : options.teachers) facts["teachers"].push_back(by_contents(path));
  return facts;
}

std::string_view outcome_name(train::Outcome outcome) {
  switch (outcome) {
    case train::Outcome::finished:
      return "finished";
    case train::Outcome::early:
      return "stopped early: no gain on the validation part";
    case train::Outcome::paused:
      return "paused; go on with --resume";
    case train::Outcome::interrupted:
      return "interrupted and saved; go on with --resume";
  }
  return "?";
}

bool is_complete(train::Outcome outcome) {
  return outcome == train::Outcome::finished || outcome == train::Outcome::early;
}

void print_summary(Context& context, train::Outcome outcome, const nlohmann::json& run,
                   const nlohmann::json& model) {
  if (context.common.json) {
    context.console.print_json({{"schema", "cxrnet.train/1"},
                                {"outcome", outcome_name(outcome)},
                                {"complete", is_complete(outcome)},
                                {"run", run},
                                {"model", model},
                                {"notice", kResearchUse}});
    return;
  }
  context.console.print_line(std::string(outcome_name(outcome)) + " after " +
                             run.at("epochs").dump() + " epochs; best validation score " +
                             format_fixed(run.at("best_validation_score").get<double>(), 4) +
                             " in epoch " + run.at("best_epoch").dump());
}

struct Session {
  data::ShardDataset dataset;
  train::Sides sides;
  std::filesystem::path folder;
};

// There are processors that compute faster in f32; the choice stays the user's, since it is a part
// of what the run is.
void tell_of_slow_bf16(const train::TrainingOptions& options, at::Device device, Console& console) {
  if (!device.is_cpu() || options.precision != train::Precision::bf16) return;
  constexpr double kWorthTelling = 1.1;
  if (loop_instruction_set() < InstructionSet::avx512_core) {
    console.message(
        "precision: this processor has no kernels of bf16; --precision f32 trains faster");
    return;
  }
  const double cost = train::cpu_autocast_cost();
  if (cost < kWorthTelling) return;
  console.message("precision: convolutions in bf16 take " + format_fixed(cost, 1) +
                  " times as long as in f32 on this processor; --precision f32 trains faster");
}

// From here on something is written: all that can be checked was checked before.
void begin_run(train::Trainer& trainer, const TrainOptions& options, const Context& context,
               const std::filesystem::path& folder) {
  require_output_room(folder, trainer.output_need());
  if (options.restart) train::discard_run(folder);
  trainer.begin();
  if (!std::filesystem::exists(folder / train::kConfigurationFile))
    context.save_configuration(folder);
}

// Runs the task; `assemble` turns its network into a model once the run is over.
ExitStatus run_task(train::Task& task, Session& session, const TrainOptions& options,
                    Context& context, const std::function<nn::ModelFile()>& assemble) {
  train::Trainer trainer(task, session.dataset, session.sides, options.training,
                         static_cast<uint64_t>(context.common.seed), session.folder, options.resume,
                         facts_of(options));
  begin_run(trainer, options, context, session.folder);
  for (const auto& note : session.sides.notes) context.console.message("note: " + note);
  context.console.message("training on " + std::to_string(session.sides.training.size()) +
                          " images, validating on " +
                          std::to_string(session.sides.validation.size()) +
                          ", no patient in both, on " + trainer.device().str());
  tell_of_slow_bf16(options.training, trainer.device(), context.console);
  ConsoleObserver observer(context.console);
  const auto outcome = trainer.run(observer, stop_requested);
  const auto run = train::describe_run(session.dataset, session.sides, trainer.progress());
  nlohmann::json model;
  if (is_complete(outcome)) {
    trainer.load_best();
    model = write_model(assemble(), options, run, context, session.folder);
  }
  print_summary(context, outcome, run, model);
  return ExitStatus::all_done;
}

template <class Network>
const Network& required(const Network& network, const char* kind) {
  if (network) return network;
  throw Error(ErrorCode::invalid_option, std::string("initial-model: expected a model with a ") +
                                             kind + ", got one without; give another");
}

// With random weights, or with those that the options name.
nn::UNet new_segmenter(const TrainOptions& options) {
  nn::UNet network(options.unet);
  if (!options.initial_model.empty()) {
    const auto model = nn::load_model(options.initial_model);
    train::start_from(network, required(model.segmenter, "segmenter"));
  }
  return network;
}

ExitStatus train_segmenter(const TrainOptions& options, Session session, Context& context) {
  auto network = new_segmenter(options);
  train::SegmentationTask task(network, options.dice_term);
  return run_task(task, session, options, context,
                  [&] { return train::assemble_segmenter(network, session.dataset); });
}

// With random weights, or with those that the options name.
nn::CxrNet new_classifier(const TrainOptions& options) {
  nn::CxrNet network(options.classifier);
  if (!options.initial_model.empty()) {
    const auto model = nn::load_model(options.initial_model);
    train::start_from(network, required(model.classifier, "classifier"));
  }
  if (!options.encoder_weights.empty()) {
    nn::load_torchvision_weights(network->encoder(), read_safetensors(options.encoder_weights));
  }
  return network;
}

ExitStatus train_classifier(const TrainOptions& options, Session session, Context& context) {
  const auto base = options.segmenter.empty() ? nn::ModelFile{} : nn::load_model(options.segmenter);
  const auto network = new_classifier(options);
  std::vector<nn::ModelFile> teachers;
  for (const auto& path : options.teachers) teachers.push_back(nn::load_model(path));
  train::ClassificationTask task(
      network, options.training.balance == train::Balance::weights, options.selection,
      {teachers, options.teacher_weight, session.dataset.preprocessing()},
      {.weight = options.lung_weight, .dice_term = options.dice_term});
  return run_task(task, session, options, context, [&] {
    return train::assemble_classifier(network, base, session.dataset, session.sides);
  });
}

ExitStatus train_autoencoder(const TrainOptions& options, Session session, Context& context) {
  const auto network = new_classifier(options);
  train::ReconstructionTask task(network);
  return run_task(task, session, options, context,
                  [&] { return train::assemble_autoencoder(network, session.dataset); });
}

// Options that only a classifier has.
void require_classifier(const TrainOptions& options) {
  const auto* without = !options.teachers.empty()   ? "teachers"
                        : options.lung_weight > 0.0 ? "lung-weight"
                                                    : nullptr;
  if (without == nullptr || options.network == train::Network::classifier) return;
  throw Error(ErrorCode::invalid_option,
              std::string(without) + ": expected a classifier to be trained, got " +
                  std::string(to_string(options.network)) + "; leave --" + without + " out");
}

// Records are named by their position: shards have no manifest lines.
void check_duplicates(const data::ShardDataset& dataset, const TrainOptions& options,
                      Console& console) {
  if (options.duplicates == data::Duplicates::ignore || options.split_column.empty()) return;
  const auto pairs = data::find_duplicates(data::read_traits(dataset),
                                           dataset.cells(options.split_column), options.side);
  std::vector<std::size_t> positions(dataset.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  if (options.duplicates == data::Duplicates::refuse) data::require_no_duplicates(pairs, positions);
  if (!pairs.empty()) console.message("note: " + data::note_on_duplicates(pairs, positions));
}

ExitStatus run(const TrainOptions& options, Context& context) {
  const std::filesystem::path folder = context.common.out;
  require_classifier(options);
  validate(options);
  train::require_startable(folder, options.resume, options.restart);
  train::use_memory_pool();
  const bool needs_masks =
      options.network == train::Network::segmenter || options.lung_weight > 0.0;
  at::manual_seed(static_cast<uint64_t>(context.common.seed));
  auto dataset = data::ShardDataset::open(context.argument("DATA"));
  auto sides = train::choose_sides(dataset, options.split_column, options.side, needs_masks,
                                   options.training.validation_fraction,
                                   static_cast<uint64_t>(context.common.seed), options.allow_leak);
  check_duplicates(dataset, options, context.console);
  if (sides.without_mask > 0) {
    context.console.message(std::to_string(sides.without_mask) +
                            " images without a mask are left out");
  }
  Session session{.dataset = std::move(dataset), .sides = std::move(sides), .folder = folder};
  switch (options.network) {
    case train::Network::segmenter:
      return train_segmenter(options, std::move(session), context);
    case train::Network::autoencoder:
      return train_autoencoder(options, std::move(session), context);
    case train::Network::classifier:
      break;
  }
  return train_classifier(options, std::move(session), context);
}

}  // namespace

Command train_command() {
  return make_command<TrainOptions>(
      {.verb = "train",
       .group = "Data and training",
       .summary = "train a segmenter, a classifier or an autoencoder on prepared images",
       .example = "cxrnet train shards --network classifier --segmenter lungs/model.safetensors "
                  "--out runs/first",
       .positionals = {{.name = "DATA", .help = "folder that `cxrnet prepare` wrote"}},
       .uses = {.json = true,
                .seed = true,
                .threads = true,
                .out = "folder for checkpoints, logs and the model",
                .out_required = true}},
      run, default_train_options);
}

}  // namespace cxrnet::app
