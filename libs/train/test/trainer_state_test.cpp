// Where a run begins, what it leaves behind and how it goes on, with a tiny segmenter.
#include <gtest/gtest.h>

#include <fstream>

#include "cxrnet/core/files.h"
#include "cxrnet/train/run_folder.h"
#include "cxrnet/train/segmentation_task.h"
#include "cxrnet/train/sides.h"
#include "cxrnet/train/trainer.h"
#include "error_matchers.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

class TrainerStateTest : public testing::Test {
 protected:
  TrainerStateTest() {
    data::write_synthetic_dataset(folder_.path() / "data", 24);
    dataset_ =
        std::make_unique<data::ShardDataset>(data::ShardDataset::open(folder_.path() / "data"));
  }

  std::filesystem::path run_folder() const { return folder_.path() / "run"; }

  struct Run {
    uint64_t seed = 5;
    double validation_fraction = 0.3;
    nlohmann::json facts = {{"width", 2}};
    bool resume = false;
  };

  // A trainer lives no longer than its task.
  struct Started {
    nn::UNet network{nn::UNetOptions{.base_width = 2, .levels = 2}};
    SegmentationTask task{network};
    std::unique_ptr<Trainer> trainer;
  };

  std::unique_ptr<Started> start(const Run& run) const {
    at::manual_seed(11);
    auto started = std::make_unique<Started>();
    auto options = preset_options(Preset::best, Network::segmenter);
    options.epochs = 2;
    options.batch_size = 8;
    options.precision = Precision::f32;
    options.device = Device::cpu;
    options.workers = 0;
    started->trainer = std::make_unique<Trainer>(
        started->task, *dataset_,
        choose_sides(*dataset_, "group_split", "train", true, run.validation_fraction, 3, false),
        options, run.seed, run_folder(), run.resume, run.facts);
    return started;
  }

  TemporaryFolder folder_;
  std::unique_ptr<data::ShardDataset> dataset_;
};

TEST_F(TrainerStateTest, NothingIsWrittenBeforeItBegins) {
  const auto run = start({});
  const auto need = run->trainer->output_need();
  EXPECT_FALSE(std::filesystem::exists(run_folder()));
  run->trainer->begin();
  const auto written = std::filesystem::file_size(run_folder() / kLastCheckpoint);
  EXPECT_LE(need.largest_file, written);      // the tensors alone
  EXPECT_GT(need.largest_file, written / 4);  // of a file that is half header
  EXPECT_GE(need.bytes, 2 * need.largest_file);
}

TEST_F(TrainerStateTest, ARunThatOnlyBeganGoesOnAsIfItHadNotEnded) {
  Observer silent;
  start({})->trainer->begin();
  const auto resumed = start({.resume = true});
  at::manual_seed(99);  // a new process has another state, the checkpoint's is taken
  resumed->trainer->run(silent, [] { return false; });
  const auto weights = read_file(run_folder() / kBestCheckpoint);
  discard_run(run_folder());
  start({})->trainer->run(silent, [] { return false; });
  EXPECT_TRUE(read_file(run_folder() / kBestCheckpoint) == weights);
}

TEST_F(TrainerStateTest, GoesOnUnderTheSameConditionsAloneAndNamesTheOthers) {
  start({})->trainer->begin();
  const auto before = read_file(run_folder() / kLastCheckpoint);
  const struct {
    const char* name;
    Run run;
    const char* named;
  } rows[] = {
      {"the same", {.resume = true}, nullptr},
      {"seed", {.seed = 6, .resume = true}, "seed was 5, is 6"},
      {"sides", {.validation_fraction = 0.5, .resume = true}, "sides was "},
      {"facts", {.facts = {{"width", 4}}, .resume = true}, "width was 2, is 4"},
      {"a fact more",
       {.facts = {{"width", 2}, {"start", "x"}}, .resume = true},
       "start was nothing, is \"x\""},
  };
  for (const auto& row : rows) {
    const auto refused = caught([&] { start(row.run); });
    EXPECT_EQ(refused.code.has_value(), row.named != nullptr) << row.name;
    if (row.named == nullptr) continue;
    EXPECT_EQ(refused.code, ErrorCode::invalid_option) << row.name;
    for (const char* part : {row.named, "--restart"})
      EXPECT_NE(refused.message.find(part), std::string::npos) << row.name << refused.message;
  }
  EXPECT_TRUE(read_file(run_folder() / kLastCheckpoint) == before);
}

// A checkpoint that cannot be written at an epoch's end stands for a kill just before it.
TEST_F(TrainerStateTest, AnEpochsRowIsThereBeforeItsCheckpoint) {
  class Obstacle final : public Observer {
   public:
    explicit Obstacle(std::filesystem::path checkpoint) : checkpoint_(std::move(checkpoint)) {}
    void on_step(const StepReport&) override {
      std::filesystem::remove(checkpoint_);
      std::filesystem::create_directory(checkpoint_);
    }

   private:
    std::filesystem::path checkpoint_;
  } obstacle(run_folder() / kLastCheckpoint);
  const auto run = start({});
  EXPECT_EQ(caught([&] { run->trainer->run(obstacle, [] { return false; }); }).code,
            ErrorCode::write_failed);
  EXPECT_EQ(parse_epochs(read_file(run_folder() / kEpochsFile)).size(), 1U);
}

}  // namespace
}  // namespace cxrnet::train
