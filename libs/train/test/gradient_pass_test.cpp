#include "cxrnet/train/gradient_pass.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "cuda_graph.h"
#include "cxrnet/train/classification_task.h"
#include "cxrnet/train/reconstruction_task.h"
#include "cxrnet/train/segmentation_task.h"
#include "device.h"
#include "state.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

const at::Device kCpu(at::kCPU);
const at::Device kGpu(at::kCUDA, 0);

data::Batch random_batch(int64_t images, int64_t size) {
  return {.image = at::rand({images, 1, size, size}),
          .target = at::rand({images, nn::kClasses}).mul(4.0).softmax(1),
          .mask = at::rand({images, 1, size, size}).gt(0.5).to(at::kFloat),
          .indices = {},
          .number = 0};
}

nn::CxrNet small_network(nn::Representation representation, double dropout = 0.0) {
  at::manual_seed(3);
  nn::CxrNetOptions options;
  options.encoder.architecture = nn::Architecture::resnet34;
  options.encoder.width = 0.125;
  options.decoder.widths = {8, 8, 8, 8, 8};
  options.representation = representation;
  options.dropout = dropout;
  return nn::CxrNet(options);
}

std::unique_ptr<Task> classification(nn::Representation representation, double dropout = 0.0) {
  return std::make_unique<ClassificationTask>(small_network(representation, dropout), false);
}

std::unique_ptr<Task> lungs_as_third_task() {
  return std::make_unique<ClassificationTask>(small_network(nn::Representation::image), false,
                                              nn::SelectionLossOptions(), Teachers(),
                                              LungTask{.weight = 0.5});
}

std::unique_ptr<Task> weighted_classes() {
  return std::make_unique<ClassificationTask>(small_network(nn::Representation::none), true);
}

std::unique_ptr<Task> taught_by_two() {
  nn::ModelFile teacher;
  teacher.classifier = small_network(nn::Representation::none);
  teacher.calibration = {.temperature = 1.3, .fitted = true, .offsets = {}};
  return std::make_unique<ClassificationTask>(
      small_network(nn::Representation::none), false, nn::SelectionLossOptions(),
      Teachers({teacher, teacher}, 0.7, teacher.preprocessing));
}

std::unique_ptr<Task> segmentation() {
  at::manual_seed(3);
  nn::UNetOptions options;
  options.base_width = 8;
  return std::make_unique<SegmentationTask>(nn::UNet(options), nn::DiceTerm::minus_log);
}

// For class weights alone.
const data::ShardDataset& labelled_images() {
  static const TemporaryFolder folder;
  static const auto dataset = [] {
    data::write_synthetic_dataset(folder.path(), 12);
    return data::ShardDataset::open(folder.path());
  }();
  return dataset;
}

// A task in training, with what a step needs.
class Training {
 public:
  Training(std::unique_ptr<Task> task, at::Device device, bool cuda_graphs)
      : task_(std::move(task)) {
    TrainingOptions options;
    options.cuda_graphs = cuda_graphs;
    place_network(task_->network(), device, options.channels_last);
    task_->prepare(labelled_images(), {0, 1, 2, 4, 5, 6, 7, 8}, device);
    task_->network().train();
    adam_ = std::make_unique<Adam>(task_->network(), AdamSettings{});
    pass_ = std::make_unique<GradientPass>(*task_, *adam_, device, options);
  }

  double run(const data::Batch& batch) { return pass_->run(batch).item<double>(); }

  at::Tensor gradients() const {
    std::vector<at::Tensor> all;
    for (const auto& parameter : task_->network().parameters())
      all.push_back(parameter.grad().flatten());
    return at::cat(all).to(at::kDouble);
  }

  // One update from the gradients, which `follower` takes over.
  void step(Training& follower) {
    adam_->step(1e-3);
    const at::NoGradGuard no_grad;
    auto own = state_of(task_->network());
    auto others = state_of(follower.task_->network());
    for (std::size_t i = 0; i < own.size(); ++i) others[i].second.copy_(own[i].second);
  }

  Task& task() { return *task_; }
  GradientPass& pass() { return *pass_; }

 private:
  std::unique_ptr<Task> task_;
  std::unique_ptr<Adam> adam_;
  std::unique_ptr<GradientPass> pass_;
};

TEST(GradientPassTest, GivesLossAndGradientsOfItsBatchAlone) {
  const auto batch = random_batch(4, 32);
  Training training(classification(nn::Representation::image), kCpu, true);
  training.pass().run(random_batch(6, 64));  // leaves gradients, which must not remain
  const auto loss = training.pass().run(batch);

  Training other(classification(nn::Representation::image), kCpu, true);
  const auto expected = other.task().loss(batch);
  expected.backward();
  EXPECT_FALSE(loss.requires_grad());
  EXPECT_DOUBLE_EQ(loss.item<double>(), expected.item<double>());
  const auto parameters = training.task().network().parameters();
  const auto references = other.task().network().parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    EXPECT_TRUE(at::equal(parameters[i].grad(), references[i].grad())) << i;
}

TEST(GradientPassTest, IsNotRecordedOnACpu) {
  Training training(classification(nn::Representation::none), kCpu, true);
  for (int run = 0; run < 6; ++run) training.run(random_batch(4, 32));
  EXPECT_FALSE(training.pass().is_recorded());
}

TEST(GradientPassTest, AReconstructionCannotBeRecorded) {
  ReconstructionTask task(small_network(nn::Representation::image));
  EXPECT_FALSE(task.can_be_recorded());
}

struct Row {
  const char* name;
  std::unique_ptr<Task> (*make_task)();
};

class GradientPassOnGpuTest : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "libtorch has no CUDA here, or no GPU";
    if (!CudaGraph::is_supported()) GTEST_SKIP() << "built without libtorch's CUDA graphs";
  }
};

// The same operations on the same weights, but of kernels that cuDNN chooses otherwise.
TEST_P(GradientPassOnGpuTest, AReplayComputesWhatThePassComputes) {
  Training recorded(GetParam().make_task(), kGpu, true);
  Training computed(GetParam().make_task(), kGpu, false);
  for (int step = 0; step < 12; ++step) {
    const auto batch = random_batch(4, step < 7 ? 64 : 96);
    at::manual_seed(step);
    const double expected = computed.run(batch);
    at::manual_seed(step);
    EXPECT_NEAR(recorded.run(batch), expected, 0.01 * expected) << step;
    EXPECT_EQ(recorded.pass().is_recorded(), step >= 10 || (step >= 3 && step < 7)) << step;
    const auto gradients = computed.gradients();
    const auto error = (recorded.gradients() - gradients).norm() / gradients.norm();
    EXPECT_LT(error.item<double>(), 0.05) << step;
    computed.step(/*follower=*/recorded);
  }
  EXPECT_FALSE(computed.pass().is_recorded());
}

INSTANTIATE_TEST_SUITE_P(
    All, GradientPassOnGpuTest,
    testing::Values(Row{"Plain", [] { return classification(nn::Representation::none); }},
                    Row{"Drawing", [] { return classification(nn::Representation::image); }},
                    Row{"Selecting",
                        [] { return classification(nn::Representation::class_selection); }},
                    Row{"Lungs", lungs_as_third_task}, Row{"WeightedClasses", weighted_classes},
                    Row{"Teachers", taught_by_two}, Row{"Segmenter", segmentation}),
    [](const auto& row) { return row.param.name; });

class GradientPassOfDropoutOnGpuTest : public GradientPassOnGpuTest {};

TEST_P(GradientPassOfDropoutOnGpuTest, EachReplayDrawsNewRandomNumbers) {
  Training training(GetParam().make_task(), kGpu, true);
  const auto batch = random_batch(4, 64);
  for (int run = 0; run < 5; ++run) training.run(batch);
  ASSERT_TRUE(training.pass().is_recorded());
  EXPECT_NE(training.run(batch), training.run(batch));
}

INSTANTIATE_TEST_SUITE_P(
    All, GradientPassOfDropoutOnGpuTest,
    testing::Values(Row{"Dropout", [] { return classification(nn::Representation::none, 0.5); }},
                    Row{"Selecting",
                        [] { return classification(nn::Representation::class_selection); }}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace cxrnet::train
