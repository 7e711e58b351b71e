// What a classifier is trained on beside its labels. Its fits are tested with the trainer's.
#include "cxrnet/train/classification_task.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/nn/losses.h"
#include "error_matchers.h"

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
  ClassificationTask three(network, false, {}, {}, {.weight = 2.5});
  EXPECT_FALSE(two.needs_masks());
  EXPECT_TRUE(three.needs_masks());
  EXPECT_NEAR(two.loss(batch).item<double>(), fusion, 1e-5);
  EXPECT_NEAR(three.loss(batch).item<double>(), fusion + 2.5 * lungs, 1e-4);
  EXPECT_FALSE(two.loss_options().contains("lung-weight"));  // as older runs have it
  EXPECT_EQ(three.loss_options()["lung-weight"], 2.5);
}

TEST(ClassificationTask, LungsNeedADrawnImage) {
  for (const auto form : {nn::Representation::none, nn::Representation::class_selection}) {
    const auto error = caught(
        [&] { ClassificationTask(network_that_draws(form), false, {}, {}, {.weight = 0.5}); });
    EXPECT_EQ(error.code, ErrorCode::invalid_option);
    EXPECT_NE(error.message.find(to_string(form)), std::string::npos) << error.message;
    EXPECT_NO_THROW(ClassificationTask(network_that_draws(form), false));
  }
}

}  // namespace
}  // namespace cxrnet::train
