// What a classifier is trained on beside its labels. Its fits are tested with the trainer's.
#include "cxrnet/train/classification_task.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/nn/losses.h"
#include "cxrnet/nn/selection_loss.h"
#include "error_matchers.h"
#include "temporary_folder.h"
#include "unequal_dataset.h"

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

// Always healthy, of 10, 5, 3 and 2 images of the classes: accuracy 1/2; F1 of healthy 2/3, of the
// others 0. Its probabilities are (4, 2, 1, 1) / 8.
TEST(ClassificationTask, ItsScoreIsTheMeanOfTheClassesF1) {
  const at::NoGradGuard no_grad;
  const TemporaryFolder folder;
  const auto dataset = write_unequal_dataset(folder.path());
  auto network = network_that_draws(nn::Representation::none);
  network->head()->fc()->weight.zero_();
  network->head()->fc()->bias.copy_(at::tensor({4.0, 2.0, 1.0, 1.0}).log());
  ClassificationTask task(network, false);
  task.prepare(dataset, {}, at::kCPU);
  data::Loader batches(dataset, unequal_sides().training, {.batch_size = 8});
  batches.start_epoch(0);
  const auto validation = task.validate(batches);
  EXPECT_NEAR(validation.score, (2.0 / 3.0) / 4.0, 1e-9);
  EXPECT_NEAR(validation.figures.at("macro_f1"), validation.score, 1e-9);
  EXPECT_NEAR(validation.figures.at("accuracy"), 0.5, 1e-9);
  const double loss = (10 * std::log(2.0) + 5 * std::log(4.0) + 5 * std::log(8.0)) / 20.0;
  EXPECT_NEAR(validation.figures.at("loss"), loss, 1e-6);
}

// softmax of the bias alone: (0.1, 0.2, 0.3, 0.4) of every image.
nn::ModelFile constant_teacher() {
  nn::ModelFile model;
  model.classifier = network_that_draws(nn::Representation::none);
  model.classifier->head()->fc()->weight.data().zero_();
  model.classifier->head()->fc()->bias.data().copy_(at::tensor({0.1, 0.2, 0.3, 0.4}).log());
  model.calibration.fitted = true;
  return model;
}

struct TargetRow {
  const char* name;
  nn::Representation representation;
};

class ClassificationTargetTest : public testing::TestWithParam<TargetRow> {
 protected:
  ClassificationTargetTest() : dataset_(write_unequal_dataset(folder_.path())) {}

  // The loss of a task on `batch_`, by a network that is the same each time.
  double loss(bool weigh_classes, Teachers teachers) {
    auto network = network_that_draws(GetParam().representation);
    ClassificationTask task(network, weigh_classes, {}, std::move(teachers));
    task.prepare(dataset_, unequal_sides().training, at::kCPU);
    at::manual_seed(9);  // selections are drawn
    return task.loss(batch_).item<double>();
  }

  // What nn's loss says of targets and weights that were worked out by hand.
  double expected(const at::Tensor& target, const at::Tensor& weights) {
    auto network = network_that_draws(GetParam().representation);
    at::manual_seed(9);
    if (network->selects())
      return nn::selection_loss(network, batch_.image, target, weights, {}).item<double>();
    const auto output = network->forward(batch_.image);
    if (GetParam().representation == nn::Representation::image)
      return nn::fusion_loss(output, target, weights).item<double>();
    const auto weighed = weights.defined() ? target * weights : target;
    return -(weighed * output.logits.log_softmax(1)).sum().item<double>() /
           weighed.sum().item<double>();
  }

  TemporaryFolder folder_;
  data::ShardDataset dataset_;
  data::Batch batch_ = random_batch();
};

TEST_P(ClassificationTargetTest, AreTheLabelsAlone) {
  EXPECT_NEAR(loss(false, {}), expected(batch_.target, {}), 1e-5);
}

TEST_P(ClassificationTargetTest, HaveTheTeachersShare) {
  // 3/4 of (1, 0, 0, 0) and (0, 0, 1/2, 1/2), 1/4 of (0.1, 0.2, 0.3, 0.4)
  const auto mixed =
      at::tensor({0.775F, 0.05F, 0.075F, 0.1F, 0.025F, 0.05F, 0.45F, 0.475F}).view({2, 4});
  const double taught = loss(false, Teachers({constant_teacher()}, 0.25, {}));
  EXPECT_NEAR(taught, expected(mixed, {}), 1e-5);
  EXPECT_GT(std::abs(taught - loss(false, {})), 1e-3);
}

TEST_P(ClassificationTargetTest, AreWeighedByTheInverseOfTheClassesShares) {
  const auto weights = at::tensor({0.5F, 1.0F, 5.0F / 3.0F, 2.5F});  // 20 / (4 * (10, 5, 3, 2))
  const double weighed = loss(true, {});
  EXPECT_NEAR(weighed, expected(batch_.target, weights), 1e-5);
  EXPECT_GT(std::abs(weighed - loss(false, {})), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Forms, ClassificationTargetTest,
                         testing::Values(TargetRow{"Plain", nn::Representation::none},
                                         TargetRow{"Image", nn::Representation::image},
                                         TargetRow{"Selection",
                                                   nn::Representation::class_selection}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace cxrnet::train
