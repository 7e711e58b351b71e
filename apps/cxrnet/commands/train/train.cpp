// train: a segmenter, a classifier or an autoencoder from prepared shards, resumable.
#include <torch/nn/module.h>

#include "commands/commands.h"
#include "commands/train/epoch_bar.h"
#include "cxrnet/core/instruction_set.h"
#include "cxrnet/nn/torchvision_weights.h"
#include "cxrnet/train/autocast.h"
#include "cxrnet/train/classification_task.h"
#include "cxrnet/train/memory_pool.h"
#include "cxrnet/train/model_assembly.h"
#include "cxrnet/train/reconstruction_task.h"
#include "cxrnet/train/segmentation_task.h"
#include "cxrnet/train/sides.h"
#include "cxrnet/train/warm_start.h"
#include "framework/version.h"

namespace cxrnet::app {
namespace {

struct TrainOptions {
  train::Network network = train::Network::classifier;
  train::Preset preset = train::Preset::best;
  std::string split_column = "group_split";
  std::string side = "train";
  bool allow_leak = false;
  std::string segmenter;              // model file whose segmenter goes into the trained model
  std::string encoder_weights;        // torchvision state dict as safetensors
  std::string initial_model;          // model file whose network of that kind is the start
  std::vector<std::string> teachers;  // model files whose classifiers have a share in the targets
  double teacher_weight = 0.5;
  double lung_weight = 0.0;
  nn::DiceTerm dice_term = nn::DiceTerm::minus_log;
  nn::SelectionLossOptions selection;
  std::string name = "cxrnet";
  std::string licence;
  std::string limits;  // what users of the model must know
  bool resume = false;
  nn::CxrNetOptions classifier;
  nn::UNetOptions unet;
  train::TrainingOptions training;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.network, Field{"network", "what to train"});
    visit(self.preset,
          Field{"preset", "defaults of the training options: the paper's, or better ones"});
    visit(self.split_column,
          Field{"split-column",
                "split that says which records may be learnt from; empty: all records"});
    visit(self.side, Field{"side", "value of the split column to train on"});
    visit(self.allow_leak,
          Field{"allow-leak", "train although patients of this side are on another one, too"});
    visit(self.segmenter,
          Field{"segmenter",
                "model file whose segmenter prepared the images; becomes part of the model"});
    visit(self.encoder_weights,
          Field{"encoder-weights",
                "safetensors file of torchvision weights to start the encoder from"});
    visit(self.initial_model,
          Field{"initial-model",
                "model file whose segmenter, classifier or autoencoder is the start"});
    visit(self.teachers,
          Field{"teachers", "model files whose classifiers' answers become part of the targets"});
    visit(self.teacher_weight, Field{"teacher-weight",
                                     "the teachers' share of a target",
                                     {.minimum = 0.0, .maximum = 1.0}});
    visit(self.lung_weight,
          Field{"lung-weight",
                "weight of a third task beside the paper's two: that a classifier's representation "
                "image is the lungs; images without a mask are left out",
                {.minimum = 0.0, .maximum = 100.0}});
    visit(self.dice_term,
          Field{"dice-term",
                "how Dice enters the segmentation loss: the paper's - log, or 1 - Dice"});
    cxrnet::visit_fields(self.selection, visit);
    visit(self.name, Field{"name", "name of the model"});
    visit(self.licence, Field{"licence", "licence of the model's weights"});
    visit(self.limits, Field{"limits", "known limits of the model, shown with its results"});
    visit(self.resume, Field{"resume", "go on from the checkpoint in --out"});
    cxrnet::visit_fields(self.classifier, visit);
    cxrnet::visit_fields(self.unet, visit);
    cxrnet::visit_fields(self.training, visit);
  }
};

TrainOptions defaults(const nlohmann::json& given) {
  TrainOptions options;
  if (given.contains("network"))
    options.network = parse_enum<train::Network>(given["network"].get<std::string>(), "network");
  if (given.contains("preset"))
    options.preset = parse_enum<train::Preset>(given["preset"].get<std::string>(), "preset");
  options.training = train::preset_options(options.preset, options.network);
  options.classifier.representation = train::preset_representation(options.preset, options.network);
  return options;
}

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

// What a run leaves behind: the best epoch's network as a model file, and a summary on stdout.
void write_model(nn::ModelFile model, const TrainOptions& options, const nlohmann::json& run,
                 Context& context, const std::filesystem::path& folder) {
  model.name = options.name;
  model.licence = options.licence;
  if (!options.limits.empty()) model.card["limits"] = options.limits;
  model.provenance = {{"program", std::string("cxrnet ") + kVersion},
                      {"seed", context.common.seed},
                      {"options", options_to_json(options)},
                      {"run", run}};
  nn::save_model(folder / "model.safetensors", model);
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

void print_summary(Context& context, train::Outcome outcome, const nlohmann::json& run) {
  if (context.common.json) {
    context.console.print_json(
        {{"schema", "cxrnet.train/1"}, {"outcome", outcome_name(outcome)}, {"run", run}});
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

// Runs the task; `assemble` turns its network into a model once the run is over.
ExitStatus run_task(train::Task& task, Session& session, const TrainOptions& options,
                    Context& context, const std::function<nn::ModelFile()>& assemble) {
  context.save_configuration(session.folder);
  train::Trainer trainer(task, session.dataset, session.sides, options.training,
                         static_cast<uint64_t>(context.common.seed), session.folder,
                         options.resume);
  context.console.message("training on " + std::to_string(session.sides.training.size()) +
                          " images, validating on " +
                          std::to_string(session.sides.validation.size()) +
                          ", no patient in both, on " + trainer.device().str());
  tell_of_slow_bf16(options.training, trainer.device(), context.console);
  ConsoleObserver observer(context.console);
  const auto outcome = trainer.run(observer, stop_requested);
  const auto run = train::describe_run(session.dataset, session.sides, trainer.progress());
  if (outcome == train::Outcome::finished || outcome == train::Outcome::early) {
    trainer.load_best();
    write_model(assemble(), options, run, context, session.folder);
  }
  print_summary(context, outcome, run);
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

ExitStatus run(const TrainOptions& options, Context& context) {
  require_classifier(options);
  train::use_memory_pool();
  const bool needs_masks =
      options.network == train::Network::segmenter || options.lung_weight > 0.0;
  at::manual_seed(static_cast<uint64_t>(context.common.seed));
  auto dataset = data::ShardDataset::open(context.argument("DATA"));
  auto sides = train::choose_sides(dataset, options.split_column, options.side, needs_masks,
                                   options.training.validation_fraction,
                                   static_cast<uint64_t>(context.common.seed), options.allow_leak);
  if (sides.without_mask > 0) {
    context.console.message(std::to_string(sides.without_mask) +
                            " images without a mask are left out");
  }
  Session session{.dataset = std::move(dataset),
                  .sides = std::move(sides),
                  .folder = context.create_out_folder()};
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
      run, defaults);
}

}  // namespace cxrnet::app
