// How a segmenter is scored; its fit is tested with the trainer.
#include "cxrnet/train/segmentation_task.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

struct ScoreRow {
  const char* name;
  float logit;  // of every pixel
  double iou;   // with lungs that are half of each image
};

class SegmentationTaskScore : public testing::TestWithParam<ScoreRow> {};

TEST_P(SegmentationTaskScore, IsTheMeanIou) {
  const at::NoGradGuard no_grad;
  const TemporaryFolder folder;
  data::write_synthetic_dataset(folder.path(), 5);
  const auto dataset = data::ShardDataset::open(folder.path());
  nn::UNet network(nn::UNetOptions{.base_width = 2, .levels = 2});
  network->named_parameters()["output.weight"].zero_();
  network->named_parameters()["output.bias"].fill_(GetParam().logit);
  network->eval();
  SegmentationTask task(network);
  task.prepare(dataset, {}, at::kCPU);
  data::Loader batches(dataset, {0, 1, 2, 3, 4}, {.batch_size = 2, .masks = true});
  batches.start_epoch(0);
  const auto validation = task.validate(batches);
  EXPECT_NEAR(validation.score, GetParam().iou, 1e-6);
  EXPECT_NEAR(validation.figures.at("iou"), GetParam().iou, 1e-6);
  // CE - log Dice, each pixel right or wrong by the logit
  const double p = 1.0 / (1.0 + std::exp(-GetParam().logit));
  const double pixels = data::kSyntheticSize * data::kSyntheticSize;
  const double dice = (p * pixels + 1.0) / (p * pixels + pixels / 2.0 + 1.0);
  EXPECT_NEAR(validation.figures.at("loss"),
              -(std::log(p) + std::log(1.0 - p)) / 2.0 - std::log(dice), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(SegmentationTask, SegmentationTaskScore,
                         testing::Values(ScoreRow{"AllIsLung", 2.0F, 0.5},
                                         ScoreRow{"NothingIsLung", -2.0F, 0.0}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace cxrnet::train
