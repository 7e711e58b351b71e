#include "stages/networks.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/train/classification_task.h"
#include "cxrnet/train/segmentation_task.h"
#include "cxrnet/train/sides.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/lung_overlap.h"
#include "stages/predictions.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {
namespace {

namespace fs = std::filesystem;
constexpr const char* kTrainSide = "train";
constexpr const char* kTestSide = "test";
constexpr const char* kLast = "last.safetensors";
constexpr const char* kBest = "best.safetensors";
constexpr const char* kOverlaps = "overlaps.json";

int64_t count_parameters(const torch::nn::Module& network) {
  int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.numel();
  return count;
}

// The columns of epochs.csv that a report shows.
nlohmann::json read_curves(const fs::path& folder) {
  nlohmann::json epoch = nlohmann::json::array();
  nlohmann::json loss = nlohmann::json::array();
  double seconds = 0.0;
  for (const auto& report : train::parse_epochs(read_file(folder / "epochs.csv"))) {
    epoch.push_back(report.epoch);
    loss.push_back(report.training_loss);
    seconds += report.seconds;
  }
  return {{"epoch", epoch}, {"training_loss", loss}, {"train_seconds", seconds}};
}

int64_t count_shared_patients(const data::ShardDataset& dataset, const std::string& split_column) {
  auto leaks = data::find_leaks(dataset.groups(), dataset.cells(split_column));
  std::erase_if(leaks, [](const data::Leak& leak) {
    return !leak.rows.contains(kTrainSide) || !leak.rows.contains(kTestSide);
  });
  return static_cast<int64_t>(leaks.size());
}

std::vector<std::size_t> select_test_side(const data::ShardDataset& dataset,
                                          const std::string& split_column) {
  auto test = dataset.select(split_column, kTestSide);
  if (static_cast<int64_t>(test.size()) >= kMinTestImages) return test;
  throw Error(ErrorCode::empty_input, "test side: expected at least " +
                                          std::to_string(kMinTestImages) + " images, got " +
                                          std::to_string(test.size()) + "; add images");
}

// Trains, or goes on, until the best epoch's weights are in the task's network.
nlohmann::json train_task(Workplace& place, const std::string& stage, train::Task& task,
                          const data::ShardDataset& dataset, const train::Sides& sides,
                          const train::TrainingOptions& training) {
  const auto folder = place.stage_folder(stage);
  train::Trainer trainer(task, dataset, sides, training, place.seed_of(stage), folder,
                         fs::exists(folder / kLast));
  if (trainer.run(place.observer, place.stop_requested) == train::Outcome::interrupted)
    place.stop_here();
  trainer.load_best();
  task.network().to(at::kCPU);
  auto result = read_curves(folder);
  result["parameters"] = count_parameters(task.network());
  result["epochs"] = trainer.progress().epoch;
  result["best_epoch"] = trainer.progress().best_epoch;
  result["training_images"] = sides.training.size();
  result["validation_images"] = sides.validation.size();
  return result;
}

// The moments are three times the weights and of no use once the test side has been answered.
void drop_checkpoint(const Workplace& place, const std::string& stage) {
  fs::remove(place.stage_folder(stage) / kLast);
}

}  // namespace

nlohmann::json train_classifier(Workplace& place, const std::string& stage,
                                const ClassifierRecipe& recipe) {
  const auto dataset = place.shards(recipe.shards);
  const auto test = select_test_side(dataset, recipe.split_column);
  const auto sides = train::choose_sides(dataset, recipe.split_column, kTrainSide, false,
                                         recipe.training.validation_fraction,
                                         place.seed_of("sides"), recipe.allow_leak);
  at::manual_seed(place.seed_of(stage));
  nn::CxrNet network(recipe.network);
  train::ClassificationTask task(network, recipe.training.balance == train::Balance::weights,
                                 recipe.selection);
  auto result = train_task(place, stage, task, dataset, sides, recipe.training);
  auto answers = classify(network, dataset, test);
  answers.met_in = acquaintances(dataset.groups(), test, sides.training, sides.validation);
  write_answers(place.stage_folder(stage) / kAnswers, answers);
  result["patients_on_both_sides"] = count_shared_patients(dataset, recipe.split_column);
  drop_checkpoint(place, stage);
  return result;
}

nlohmann::json train_segmenter(Workplace& place, const std::string& stage,
                               const nn::UNetOptions& options,
                               const train::TrainingOptions& training, nn::DiceTerm dice_term) {
  const auto dataset = place.shards(kLungShards);
  const auto& split_column = place.options.split_column;
  const auto test = select_test_side(dataset, split_column);
  const auto sides =
      train::choose_sides(dataset, split_column, kTrainSide, true, training.validation_fraction,
                          place.seed_of("sides"), splits_at_random(place.options));
  at::manual_seed(place.seed_of(stage));
  nn::UNet network(options);
  train::SegmentationTask task(network, dice_term);
  auto result = train_task(place, stage, task, dataset, sides, training);
  write_overlaps(place.stage_folder(stage) / kOverlaps, overlaps_of(network, dataset, test));
  drop_checkpoint(place, stage);
  return result;
}

nlohmann::json evaluation_of(const Workplace& place, const std::string& stage) {
  const auto answers = read_answers(place.stage_folder(stage) / kAnswers);
  return evaluation_to_json(answers.predictions, place.options.bootstrap);
}

nlohmann::json overlap_of(const Workplace& place, const std::string& stage) {
  const auto report = metrics::evaluate_segmentation(
      read_overlaps(place.stage_folder(stage) / kOverlaps), place.options.bootstrap);
  return {{"n", report.n}, {"iou", to_json(report.iou)}, {"dice", to_json(report.dice)}};
}

nn::CxrNet load_classifier(const Workplace& place, const std::string& stage,
                           const nn::CxrNetOptions& options) {
  nn::CxrNet network(options);
  train::load_network(read_safetensors(place.stage_folder(stage) / kBest), *network);
  network->eval();
  return network;
}

nn::UNet load_segmenter(const Workplace& place, const std::string& stage) {
  nn::UNet network(place.options.unet);
  train::load_network(read_safetensors(place.stage_folder(stage) / kBest), *network);
  network->eval();
  return network;
}

}  // namespace cxrnet::study
