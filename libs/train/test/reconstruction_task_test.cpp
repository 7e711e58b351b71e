#include "cxrnet/train/reconstruction_task.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/train/sides.h"
#include "cxrnet/train/trainer.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

nn::CxrNet network(nn::Representation representation) {
  at::manual_seed(3);
  return nn::CxrNet(nn::CxrNetOptions{
      .encoder = {.architecture = nn::Architecture::resnet34, .input_channels = 1, .width = 0.125},
      .decoder = {.widths = {8, 8, 8, 8, 8}},
      .representation = representation});
}

data::Batch batch_of(const at::Tensor& image) {
  data::Batch batch;
  batch.image = image;
  batch.target = at::full({image.size(0), 4}, 0.25);
  for (int64_t i = 0; i < image.size(0); ++i) batch.indices.push_back(static_cast<std::size_t>(i));
  return batch;
}

// The blur of a constant image is the image: only the decoder's own error is left, and a decoder
// whose last layer says 0 everywhere draws sigmoid(0).
TEST(ReconstructionTask, MeasuresTheDrawnImageWhereItWasHidden) {
  auto net = network(nn::Representation::image);
  {
    const at::NoGradGuard no_grad;
    for (auto& item : net->named_parameters())
      if (item.key().rfind("decoder.output", 0) == 0) item.value().zero_();
  }
  ReconstructionTask task(net);
  EXPECT_NEAR(task.loss(batch_of(at::full({2, 1, 64, 64}, 0.8))).item<double>(), 0.3, 1e-5);
  EXPECT_NEAR(task.loss(batch_of(at::full({2, 1, 64, 64}, 0.1))).item<double>(), 0.4, 1e-5);
}

TEST(ReconstructionTask, AsksForADecoderThatDrawsAnImage) {
  EXPECT_THROW(ReconstructionTask(network(nn::Representation::none)), Error);
  EXPECT_THROW(ReconstructionTask(network(nn::Representation::selection)), Error);
}

TEST(ReconstructionTask, LearnsAndComparesEpochsOnTheSameHiddenCells) {
  at::set_num_threads(1);
  TemporaryFolder folder;
  data::write_synthetic_dataset(folder.path() / "data", 40);
  const auto dataset = data::ShardDataset::open(folder.path() / "data");
  const auto sides = choose_sides(dataset, "group_split", "train", false, 0.2, 3, false);
  auto options = preset_options(Preset::best, Network::autoencoder);
  options.epochs = 4;
  options.batch_size = 8;
  options.precision = Precision::f32;
  options.average_decay = 0.0;
  options.schedule.learning_rate = 3e-3;
  ReconstructionTask task(network(nn::Representation::image));
  Trainer trainer(task, dataset, sides, options, 5, folder.path() / "run", false);
  struct Watch : Observer {
    std::vector<double> errors, blur_errors;
    void on_epoch(const EpochReport& epoch) override {
      errors.push_back(epoch.figures.at("error"));
      blur_errors.push_back(epoch.figures.at("blur_error"));
    }
  } watch;
  trainer.run(watch, [] { return false; });
  ASSERT_EQ(watch.errors.size(), 4U);
  EXPECT_LT(watch.errors.back(), 0.8 * watch.errors.front());
  EXPECT_DOUBLE_EQ(watch.blur_errors.front(), watch.blur_errors.back());
}

}  // namespace
}  // namespace cxrnet::train
