// How many threads a training computes with beside busy neighbours.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "cxrnet/core/neighbours.h"
#include "cxrnet/core/threads.h"
#include "cxrnet/train/classification_task.h"
#include "cxrnet/train/sides.h"
#include "cxrnet/train/trainer.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

// A stop request is asked for after every step, so that it sees how the step was computed.
TEST(TrainerThreads, AreAsManyAsNeighboursLeaveProcessors) {
  const TemporaryFolder folder;
  data::write_synthetic_dataset(folder.path() / "data", 40);
  const auto dataset = data::ShardDataset::open(folder.path() / "data");
  TrainingOptions options;
  options.batch_size = 4;
  options.epochs = 2;
  options.device = Device::cpu;
  nn::CxrNet network(nn::CxrNetOptions{
      .encoder = {.architecture = nn::Architecture::resnet34, .input_channels = 1, .width = 0.125},
      .decoder = {},
      .representation = nn::Representation::none});
  ClassificationTask task(network, false);
  const int before = at::get_num_threads();
  set_own_threads(2);
  std::vector<int> threads;
  const auto note_threads = [&] {
    threads.push_back(at::get_num_threads());
    set_processors_left_now(threads.size() < 3 ? 1 : kEveryProcessor);
    return threads.size() == 5;
  };
  set_processors_left_now(1);
  Trainer trainer(task, dataset,
                  choose_sides(dataset, "group_split", "train", false, 0.2, 3, false), options, 5,
                  folder.path() / "run", /*resume=*/false);
  Observer silent;
  EXPECT_EQ(trainer.run(silent, note_threads), Outcome::interrupted);
  set_processors_left_now(kEveryProcessor);
  EXPECT_EQ(threads, (std::vector<int>{1, 1, 1, 2, 2}));
  EXPECT_EQ(at::get_num_threads(), 2);
  set_own_threads(before);
}

}  // namespace
}  // namespace cxrnet::train
