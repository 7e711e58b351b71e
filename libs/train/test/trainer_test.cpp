#include "cxrnet/train/trainer.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cxrnet/core/files.h"
#include "cxrnet/train/classification_task.h"
#include "cxrnet/train/run_log.h"
#include "cxrnet/train/segmentation_task.h"
#include "cxrnet/train/sides.h"
#include "error_matchers.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

constexpr std::size_t kRecords = 40;
const auto kNeverStop = [] { return false; };

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    at::set_num_threads(1);
    data::write_synthetic_dataset(folder_.path() / "data", kRecords);
    dataset_ =
        std::make_unique<data::ShardDataset>(data::ShardDataset::open(folder_.path() / "data"));
    sides_ = choose_sides(*dataset_, "group_split", "train", /*with_masks=*/true, 0.2, 3,
                          /*allow_leak=*/false);
  }

  // Everything that could break the trajectory: augmentation, moving average, schedule, dropout,
  // balanced sampling.
  static TrainingOptions options() {
    auto options = preset_options(Preset::best, Network::classifier);
    options.epochs = 4;
    options.batch_size = 8;
    options.precision = Precision::f32;
    options.device = Device::cpu;  // where every sum has its order
    options.workers = 1;
    return options;
  }

  static nn::CxrNet classifier() {
    at::manual_seed(11);
    nn::CxrNetOptions options;
    options.encoder.architecture = nn::Architecture::resnet34;
    options.encoder.width = 0.125;
    options.decoder.widths = {8, 8, 8, 8, 8};
    options.dropout = 0.3;
    return nn::CxrNet(options);
  }

  static std::string weights_of(torch::nn::Module& network) {
    Safetensors contents;
    save_network(contents, network);
    return format_safetensors(contents);
  }

  // Trains a fresh classifier in `name`, in one go or in parts, and returns the bytes of its
  // weights.
  std::string train(const std::string& name,
                    const std::vector<std::function<void(TrainingOptions&)>>& parts,
                    const std::function<bool()>& stop = kNeverStop) {
    std::string weights;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto part_options = options();
      parts[i](part_options);
      auto network = classifier();
      ClassificationTask task(network, false);
      at::manual_seed(17);
      Trainer trainer(task, *dataset_, sides_, part_options, 5, folder_.path() / name,
                      /*resume=*/i > 0);
      Observer silent;
      trainer.run(silent, i + 1 < parts.size() ? stop : kNeverStop);
      weights = weights_of(*network);
    }
    return weights;
  }

  TemporaryFolder folder_;
  std::unique_ptr<data::ShardDataset> dataset_;
  Sides sides_;
};

TEST_F(TrainerTest, TwoAndTwoEpochsEqualFourBitForBit) {
  const auto whole = train("whole", {[](auto&) {}});
  const auto parts = train("parts", {[](auto& options) { options.stop_after = 2; }, [](auto&) {}});
  EXPECT_EQ(whole, parts);
}

TEST_F(TrainerTest, AnInterruptedStepIsSavedAndTheRunGoesOnBitForBit) {
  const auto whole = train("whole", {[](auto&) {}});
  int asked = 0;
  const auto parts = train("parts", {[](auto&) {}, [](auto&) {}},
                           [&asked] { return ++asked == 6; });  // within an epoch
  EXPECT_EQ(whole, parts);
}

TEST_F(TrainerTest, ValidatesAtTheIntervalAndAtTheEndAndLearnsTheSame) {
  const auto whole = train("whole", {[](auto&) {}});
  const auto rare = [](TrainingOptions& options) { options.validation_interval = 3; };
  EXPECT_EQ(whole, train("rare", {rare}));
  const auto rows = parse_epochs(read_file(folder_.path() / "rare" / "epochs.csv"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].epoch, 3);
  EXPECT_EQ(rows[1].epoch, 4);
}

TEST_F(TrainerTest, RareValidationGoesOnBitForBitWithTheSameRowsAndTheSameBest) {
  const auto rare = [](TrainingOptions& options) { options.validation_interval = 3; };
  const auto rare_and_short = [&](TrainingOptions& options) {
    rare(options);
    options.stop_after = 2;
  };
  EXPECT_EQ(train("whole", {rare}), train("parts", {rare_and_short, rare}));
  const auto best = [&](const std::string& name) {
    return read_safetensors(folder_.path() / name / "best.safetensors");
  };
  EXPECT_TRUE(at::equal(best("whole").tensors.at("network.head.fc.weight"),
                        best("parts").tensors.at("network.head.fc.weight")));
  const auto rows = parse_epochs(read_file(folder_.path() / "parts" / "epochs.csv"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].epoch, 3);
  EXPECT_EQ(rows[1].epoch, 4);
}

// Epochs that nobody measured say nothing of patience, also after an interruption among them.
TEST_F(TrainerTest, PatienceWaitsForAValidationAfterAResume) {
  const auto patient = [](TrainingOptions& options) {
    options.validation_interval = 3;
    options.patience = 1;
    options.epochs = 3;
  };
  const auto first_two = [&](TrainingOptions& options) {
    patient(options);
    options.stop_after = 2;
  };
  train("parts", {first_two, patient});
  const auto rows = parse_epochs(read_file(folder_.path() / "parts" / "epochs.csv"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].epoch, 3);
}

// The plain mean over the last half of the steps is another average than the moving one.
TEST_F(TrainerTest, EqualAverageFromHalfWay) {
  const auto trained = [&](const std::string& name, double from) {
    train(name, {[&](TrainingOptions& options) { options.equal_average_from = from; }});
    return read_safetensors(folder_.path() / name / "last.safetensors");
  };
  const auto moving = trained("moving", 1.0);
  const auto equal = trained("equal", 0.5);
  const std::string name = "network.head.fc.weight";
  EXPECT_TRUE(at::equal(moving.tensors.at(name), equal.tensors.at(name)));
  EXPECT_FALSE(at::equal(moving.tensors.at("average.head.fc.weight"),
                         equal.tensors.at("average.head.fc.weight")));
}

TEST_F(TrainerTest, AnEqualAverageNeedsAnAverage) {
  auto network = classifier();
  ClassificationTask task(network, false);
  auto run_options = options();
  run_options.equal_average_from = 0.5;
  run_options.average_decay = 0.0;
  const auto error = caught(
      [&] { Trainer(task, *dataset_, sides_, run_options, 5, folder_.path() / "none", false); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("average-decay"), std::string::npos) << error.message;
}

TEST_F(TrainerTest, AnotherSeedIsAnotherRun) {
  auto network = classifier();
  ClassificationTask task(network, false);
  at::manual_seed(17);
  Trainer trainer(task, *dataset_, sides_, options(), 6, folder_.path() / "other", false);
  Observer silent;
  EXPECT_EQ(trainer.run(silent, kNeverStop), Outcome::finished);
  EXPECT_NE(weights_of(*network), train("whole", {[](auto&) {}}));
}

TEST_F(TrainerTest, LearnsSyntheticLungs) {
  at::manual_seed(2);
  nn::UNet network(nn::UNetOptions{.base_width = 4, .levels = 3});
  SegmentationTask task(network);
  auto run_options = preset_options(Preset::best, Network::segmenter);
  run_options.epochs = 15;
  run_options.batch_size = 4;
  run_options.schedule.learning_rate = 1e-2;
  run_options.average_decay = 0.8;
  run_options.augment = false;
  Trainer trainer(task, *dataset_, sides_, run_options, 1, folder_.path() / "lungs", false);
  Observer silent;
  trainer.run(silent, kNeverStop);
  EXPECT_GT(trainer.progress().best_score, 0.8);
}

TEST_F(TrainerTest, LearnsToDrawTheLungsAsAThirdTask) {
  auto network = classifier();
  ClassificationTask task(network, false, {}, {}, {.weight = 1.0});
  auto run_options = options();
  run_options.epochs = 24;
  run_options.schedule.learning_rate = 1e-2;
  run_options.average_decay = 0.8;
  run_options.augment = false;
  Trainer trainer(task, *dataset_, sides_, run_options, 1, folder_.path() / "third", false);
  class LastDice final : public Observer {
   public:
    double dice = 0.0;
    void on_epoch(const EpochReport& epoch) override {
      for (const auto& [name, value] : epoch.figures) {
        if (name == "lung_dice") dice = value;
      }
    }
  } last;
  trainer.run(last, kNeverStop);
  EXPECT_GT(last.dice, 0.8);
}

TEST_F(TrainerTest, WritesOneCsvRowPerEpochAlsoAcrossResumption) {
  train("parts", {[](auto& options) { options.stop_after = 2; }, [](auto&) {}});
  std::istringstream rows(read_file(folder_.path() / "parts" / "epochs.csv"));
  std::string row;
  std::getline(rows, row);
  EXPECT_EQ(
      row,
      "epoch,step,learning_rate,training_loss,images_per_second,data_wait_share,seconds,score,is_"
      "best,"
      "validation_accuracy,validation_loss,validation_macro_f1,validation_representation_accuracy");
  for (int epoch = 1; epoch <= 4; ++epoch) {
    ASSERT_TRUE(std::getline(rows, row));
    EXPECT_EQ(row.substr(0, 2), std::to_string(epoch) + ",");
  }
  EXPECT_FALSE(std::getline(rows, row));
}

TEST_F(TrainerTest, StopsWhenValidationGainsNothing) {
  auto network = classifier();
  ClassificationTask task(network, false);
  auto run_options = options();
  run_options.epochs = 50;
  run_options.patience = 2;
  run_options.schedule = {.learning_rate = 1e-12,
                          .final_learning_rate = 0,
                          .decay = Decay::constant,
                          .warmup_epochs = 0};
  run_options.average_decay = 0.0;
  Trainer trainer(task, *dataset_, sides_, run_options, 5, folder_.path() / "early", false);
  Observer silent;
  EXPECT_EQ(trainer.run(silent, kNeverStop), Outcome::early);
  EXPECT_EQ(trainer.progress().epoch, trainer.progress().best_epoch + 2);
}

// A task on images alone, with a tiny network, of which tests script the rest.
class ScriptedTask : public Task {
 public:
  std::string_view name() const override { return "scripted"; }
  nlohmann::json loss_options() const override { return nlohmann::json::object(); }
  torch::nn::Module& network() override { return *network_; }
  bool needs_masks() const override { return false; }
  void prepare(const data::ShardDataset&, const std::vector<std::size_t>&, at::Device) override {}
  void run_as_deployed(const at::Tensor&) override {}
  at::Tensor loss(const data::Batch& batch) override {
    return network_->forward(batch.image).mean();
  }
  Validation validate(data::Loader&) override { return {}; }

 private:
  nn::UNet network_{nn::UNetOptions{.base_width = 2, .levels = 2}};
};

// A task whose loss is not a number in one batch.
class BrokenTask final : public ScriptedTask {
 public:
  at::Tensor loss(const data::Batch& batch) override {
    const auto loss = ScriptedTask::loss(batch);
    return batch.number == 2 ? loss * std::numeric_limits<float>::quiet_NaN() : loss;
  }
};

TEST_F(TrainerTest, StopsOnNotANumberAndNamesTheBatch) {
  BrokenTask task;
  auto run_options = options();
  Trainer trainer(task, *dataset_, sides_, run_options, 5, folder_.path() / "broken", false);
  Observer silent;
  const auto error = caught([&] { trainer.run(silent, kNeverStop); });
  EXPECT_EQ(error.code, ErrorCode::diverged);
  EXPECT_NE(error.message.find("epoch 1, batch 3 (records "), std::string::npos) << error.message;
}

TEST_F(TrainerTest, RefusesToResumeWithOtherOptions) {
  train("parts", {[](auto& options) { options.stop_after = 1; }});
  auto network = classifier();
  ClassificationTask task(network, false);
  auto other = options();
  other.batch_size = 4;
  const auto error =
      caught([&] { Trainer(task, *dataset_, sides_, other, 5, folder_.path() / "parts", true); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("batch-size"), std::string::npos) << error.message;
}

TEST_F(TrainerTest, RefusesToResumeWithAnotherLoss) {
  train("parts", {[](auto& options) { options.stop_after = 1; }});
  auto network = classifier();
  nn::SelectionLossOptions other;
  other.area = 0.1;
  ClassificationTask task(network, false, other);
  const auto error = caught(
      [&] { Trainer(task, *dataset_, sides_, options(), 5, folder_.path() / "parts", true); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("selection-area"), std::string::npos) << error.message;
}

// A checkpoint of a program that did not know CutMix yet, nor kept the loss's options.
TEST_F(TrainerTest, ResumesARunThatIsOlderThanAnOption) {
  train("parts", {[](auto& options) { options.stop_after = 1; }});
  const auto path = folder_.path() / "parts" / "last.safetensors";
  auto checkpoint = read_safetensors(path);
  auto state = nlohmann::json::parse(checkpoint.metadata.at("state"));
  EXPECT_EQ(state["run"]["options"].erase("augment-cutmix"), 1U);
  EXPECT_EQ(state["run"].erase("loss"), 1U);
  checkpoint.metadata["state"] = state.dump();
  write_safetensors(path, checkpoint);
  auto network = classifier();
  ClassificationTask task(network, false);
  const Trainer trainer(task, *dataset_, sides_, options(), 5, folder_.path() / "parts", true);
  EXPECT_EQ(trainer.progress().epoch, 1);
  auto other = options();
  other.augmentation.cutmix_probability = 0.5;  // which that run did not have
  EXPECT_EQ(caught([&] {
              Trainer(task, *dataset_, sides_, other, 5, folder_.path() / "parts", true);
            }).code,
            ErrorCode::invalid_option);
}

TEST_F(TrainerTest, RefusesToResumeWithoutACheckpoint) {
  auto network = classifier();
  ClassificationTask task(network, false);
  EXPECT_EQ(caught([&] {
              Trainer(task, *dataset_, sides_, options(), 5, folder_.path() / "new", true);
            }).code,
            ErrorCode::not_found);
}

TEST_F(TrainerTest, RefusesADamagedCheckpoint) {
  train("parts", {[](auto& options) { options.stop_after = 1; }});
  const auto path = folder_.path() / "parts" / "last.safetensors";
  write_file_atomically(path, read_file(path).substr(0, 1000));
  auto network = classifier();
  ClassificationTask task(network, false);
  EXPECT_EQ(caught([&] {
              Trainer(task, *dataset_, sides_, options(), 5, folder_.path() / "parts", true);
            }).code,
            ErrorCode::corrupt_model);
}

TEST_F(TrainerTest, TheBestEpochComesBack) {
  auto network = classifier();
  ClassificationTask task(network, false);
  Trainer trainer(task, *dataset_, sides_, options(), 5, folder_.path() / "best", false);
  EXPECT_EQ(caught([&] { trainer.load_best(); }).code, ErrorCode::not_found);
  Observer silent;
  trainer.run(silent, kNeverStop);
  trainer.load_best();
  const auto best = read_safetensors(folder_.path() / "best" / "best.safetensors");
  EXPECT_TRUE(at::equal(network->head()->fc()->weight, best.tensors.at("network.head.fc.weight")));
  EXPECT_FALSE(network->is_training());
}

// A task whose score falls from epoch to epoch, and that notes what size it validates at.
class FallingTask final : public ScriptedTask {
 public:
  Validation validate(data::Loader& batches) override {
    sizes.push_back(batches.next()->image.size(2));
    return {.score = 1.0 / static_cast<double>(sizes.size()), .figures = {}};
  }

  std::vector<int64_t> sizes;
};

TEST_F(TrainerTest, ProgressiveSizesValidateAtTheirOwnSizeAndTheLastIsChosenFrom) {
  FallingTask task;
  auto run_options = options();
  run_options.image_sizes = {32, 48};
  Trainer trainer(task, *dataset_, sides_, run_options, 5, folder_.path() / "sizes", false);
  Observer silent;
  trainer.run(silent, kNeverStop);
  EXPECT_EQ(task.sizes, (std::vector<int64_t>{32, 32, 48, 48}));
  EXPECT_EQ(trainer.progress().best_epoch, 3);  // the best of the last size, not of all
}

}  // namespace
}  // namespace cxrnet::train
