// What a classifier is trained on beside its labels. Its fits are tested with the trainer's.
#include "cxrnet/train/classification_task.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/losses.h"

namespace cxrnet::train {
namespace {

nn::CxrNet network_that_draws(nn::Representation representation) {
  at::manual_seed(3);
  nn::CxrNet network(nn::CxrNetOptions{
      .encoder = {.architecture = nn::Architecture::resnet34, .input_channels = 1, .width = 0.125},
      .decoder = {.widths = {16, 8, 8, 8, 4}},
      .representation = representation});
  network->eval();
  return network;
}

data::Batch random_batch() {
  at::manual_seed(4);
  data::Batch batch;
  batch.image = at::rand({2, 1, 64, 64});
  batch.target = at::tensor({1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.5F, 0.5F}).view({2, 4});
  batch.mask = (at::rand({2, 1, 64, 64}) > 0.6).to(at::kFloat);
  return batch;
}

TEST(ClassificationTask, DrawingTheLungsIsAThirdTask) {
  const at::NoGradGuard no_grad;
  auto network = network_that_draws(nn::Representation::image);
  const auto batch = random_batch();
  const auto output = network->forward(batch.image);
  const auto fusion = nn::fusion_loss(output, batch.target).item<double>();
  const auto drawn = output.representation;
  const auto lungs =
      nn::segmentation_loss((drawn / (1.0 - drawn)).log(), batch.mask).item<double>();
  ClassificationTask two(network, false);
  ClassificationTask three(network, false, {}, {}, /*lung_weight=*/2.5);
  EXPECT_FALSE(two.needs_masks());
  EXPECT_TRUE(three.needs_masks());
  EXPECT_NEAR(two.loss(batch).item<double>(), fusion, 1e-5);
  EXPECT_NEAR(three.loss(batch).item<double>(), fusion + 2.5 * lungs, 1e-4);
  EXPECT_NE(two.loss_options(), three.loss_options());
}

TEST(ClassificationTask, LungsNeedADrawnImage) {
  for (const auto form : {nn::Representation::none, nn::Representation::class_selection}) {
    EXPECT_THROW(ClassificationTask(network_that_draws(form), false, {}, {}, 0.5), Error);
    EXPECT_NO_THROW(ClassificationTask(network_that_draws(form), false));
  }
}

}  // namespace
}  // namespace cxrnet::train
