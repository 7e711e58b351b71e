// What a run does with its options, in closed form: the rate of each step, the size of clipped
// updates, averages with their buffers, what the loss receives and what validation sees. The
// network has one weight, which moves by the learning rate where gradients stay the same.
#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "cxrnet/core/files.h"
#include "cxrnet/train/trainer.h"
#include "temporary_folder.h"
#include "unequal_dataset.h"

namespace cxrnet::train {
namespace {

constexpr int64_t kBatch = 4;  // 20 training images: five steps an epoch
constexpr double kRate = 0.01;
constexpr double kInGrey = 0.5 / 255.0;

class OneWeight : public torch::nn::Module {
 public:
  OneWeight() {
    weight = register_parameter("weight", at::ones({1, 1}));  // of two dimensions, that may decay
    noted = register_buffer("noted", at::zeros({1}));
    count = register_buffer("count", at::zeros({1}, at::kLong));
    norm = register_module("norm", torch::nn::BatchNorm2d(1));
  }
  at::Tensor weight, noted, count;
  torch::nn::BatchNorm2d norm{nullptr};
};

// Loss = slope x weight, so that the slope is the gradient; each step notes its number in a buffer.
class OneWeightTask final : public Task {
 public:
  std::string_view name() const override { return "one weight"; }
  nlohmann::json loss_options() const override { return nlohmann::json::object(); }
  torch::nn::Module& network() override { return network_; }
  bool needs_masks() const override { return false; }
  void prepare(const data::ShardDataset&, const std::vector<std::size_t>&, at::Device) override {}
  void run_as_deployed(const at::Tensor& image) override { network_.norm->forward(image); }
  at::Tensor loss(const data::Batch& batch) override {
    received.push_back(batch);
    const auto step = static_cast<int64_t>(received.size());
    network_.noted.fill_(static_cast<double>(step));
    network_.count.fill_(step);
    return network_.weight.sum() * slope(step);
  }
  Validation validate(data::Loader& batches) override {
    while (const auto batch = batches.next()) validated.push_back(*batch);
    weights.push_back(network_.weight.item<double>());
    noted.push_back(network_.noted.item<double>());
    counts.push_back(network_.count.item<int64_t>());
    means.push_back(network_.norm->running_mean.item<double>());
    return {.score = static_cast<double>(weights.size()), .figures = {}};
  }

  std::function<double(int64_t step)> slope = [](int64_t) { return 1.0; };
  std::vector<data::Batch> received, validated;
  std::vector<double> weights, noted, means;  // as validation saw them
  std::vector<int64_t> counts;

 private:
  OneWeight network_;
};

class AppliedTrainingTest : public testing::Test, public Observer {
 protected:
  AppliedTrainingTest() : dataset_(write_unequal_dataset(folder_.path() / "data")) {
    options_.epochs = 1;
    options_.batch_size = kBatch;
    options_.schedule = {
        .learning_rate = kRate, .final_learning_rate = kRate, .decay = Decay::constant};
    options_.device = Device::cpu;
    options_.workers = 0;
  }

  void on_step(const StepReport&) override {
    weights_.push_back(weight().item<double>());
    gradients_.push_back(weight().grad().item<double>());
  }
  at::Tensor weight() { return task_.network().named_parameters()["weight"]; }

  void train(const std::string& name = "run") {
    Trainer trainer(task_, dataset_, unequal_sides(), options_, 5, folder_.path() / name, false);
    trainer.run(*this, [] { return false; });
  }

  // By how much each step lowered the weight.
  std::vector<double> movements() const {
    std::vector<double> movements;
    double before = 1.0;
    for (const double after : weights_) {
      movements.push_back(before - after);
      before = after;
    }
    return movements;
  }

  Safetensors saved(const std::string& name) const {
    return read_safetensors(folder_.path() / "run" / (name + ".safetensors"));
  }

  // The values that a run logged under `tag`: field 2 of the summary's value, a little-endian f32.
  std::vector<double> logged(const std::string& tag) const {
    std::vector<double> values;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "run")) {
      if (entry.path().filename().string().rfind("events.", 0) != 0) continue;
      const auto bytes = read_file(entry.path());
      for (auto at = bytes.find(tag); at != std::string::npos; at = bytes.find(tag, at + 1)) {
        float value = 0.0F;
        std::memcpy(&value, bytes.data() + at + tag.size() + 1, sizeof value);
        values.push_back(value);
      }
    }
    return values;
  }

  TemporaryFolder folder_;
  data::ShardDataset dataset_;
  TrainingOptions options_;
  OneWeightTask task_;
  std::vector<double> weights_, gradients_;  // after each step
};

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], tolerance) << "number " << i + 1;
}

struct RateRow {
  const char* name;
  Decay decay;
  double warmup_epochs;
  std::vector<double> expected;  // by hand, ten steps from 0.1 to 0.001
};

class AppliedRateTest : public AppliedTrainingTest, public testing::WithParamInterface<RateRow> {};

TEST_P(AppliedRateTest, EachStepIsAppliedAndLoggedWithItsOwn) {
  options_.epochs = 2;
  options_.schedule = {.learning_rate = 0.1,
                       .final_learning_rate = 0.001,
                       .decay = GetParam().decay,
                       .warmup_epochs = GetParam().warmup_epochs};
  train();
  expect_near(movements(), GetParam().expected, 2e-6);
  expect_near(logged("training/learning_rate"), GetParam().expected, 1e-7);
}

std::vector<double> ten(const std::function<double(int)>& rate) {
  std::vector<double> rates;
  for (int step = 0; step < 10; ++step) rates.push_back(rate(step));
  return rates;
}

INSTANTIATE_TEST_SUITE_P(
    All, AppliedRateTest,
    testing::Values(RateRow{"Constant", Decay::constant, 0.0, std::vector<double>(10, 0.1)},
                    RateRow{"Exponential", Decay::exponential, 0.0,
                            ten([](int step) { return std::pow(10.0, -1.0 - 2.0 * step / 9.0); })},
                    RateRow{"Cosine", Decay::cosine, 0.0, ten([](int step) {
                              return 0.0505 + 0.0495 * std::cos(M_PI * step / 9.0);
                            })},
                    RateRow{"WarmUpOfAnEpoch", Decay::exponential, 1.0, ten([](int step) {
                              return step < 5 ? 0.02 * (step + 1)
                                              : std::pow(10.0, -1.0 - 2.0 * (step - 5) / 4.0);
                            })}),
    [](const auto& row) { return row.param.name; });

struct ClipRow {
  const char* name;
  double limit;
  double first_gradient;  // of 10, as it is applied
  double second_step;     // in learning rates: Adam's, for gradients `first_gradient` and 1
};

class AppliedClippingTest : public AppliedTrainingTest,
                            public testing::WithParamInterface<ClipRow> {};

TEST_P(AppliedClippingTest, HasTheSizeWorkedOutByHand) {
  options_.clip_norm = GetParam().limit;
  task_.slope = [](int64_t step) { return step == 1 ? 10.0 : 1.0; };
  train();
  EXPECT_NEAR(gradients_[0], GetParam().first_gradient, 1e-5);
  EXPECT_NEAR(gradients_[1], 1.0, 1e-5);
  EXPECT_NEAR(movements()[0], kRate, 1e-6);
  EXPECT_NEAR(movements()[1], GetParam().second_step * kRate, 1e-6);
  EXPECT_NEAR(logged("training/gradient_norm")[0], 10.0, 1e-5);  // as it was
}

// (0.9 * 0.1 g + 0.1) / 0.19 / sqrt((0.999 * 0.001 g^2 + 0.001) / 0.001999)
INSTANTIATE_TEST_SUITE_P(All, AppliedClippingTest,
                         testing::Values(ClipRow{"NoLimit", 0.0, 10.0, 0.740811},
                                         ClipRow{"BeyondTheLimit", 1.0, 1.0, 1.0},
                                         ClipRow{"HalfIsLeft", 5.0, 5.0, 0.803041},
                                         ClipRow{"WithinTheLimit", 20.0, 10.0, 0.740811}),
                         [](const auto& row) { return row.param.name; });

TEST_F(AppliedTrainingTest, WeightDecayIsAppliedBesideTheGradient) {
  options_.weight_decay = 0.5;
  train();
  EXPECT_NEAR(weights_[0], 1.0 * (1.0 - kRate * 0.5) - kRate, 1e-6);
}

// After step n the weight is 1 - 0.01 n and the buffer n; n updates weigh what was before by
// min(0.38, (1 + n) / (10 + n)).
TEST_F(AppliedTrainingTest, TheAverageIsValidatedAndShippedAndTrainingGoesOnWithoutIt) {
  options_.epochs = 2;
  options_.average_decay = 0.38;
  train();
  double weight = 1.0;
  double noted = 0.0;
  std::vector<double> weights, all_noted;
  for (const double decay :
       {2.0 / 11, 3.0 / 12, 4.0 / 13, 5.0 / 14, 0.38, 0.38, 0.38, 0.38, 0.38, 0.38}) {
    const auto step = static_cast<double>(weights.size() + 1);
    weight = decay * weight + (1.0 - decay) * (1.0 - kRate * step);
    noted = decay * noted + (1.0 - decay) * step;
    weights.push_back(weight);
    all_noted.push_back(noted);
  }
  expect_near(task_.weights, {weights[4], weights[9]}, 1e-6);
  expect_near(task_.noted, {all_noted[4], all_noted[9]}, 1e-5);
  EXPECT_EQ(task_.counts, (std::vector<int64_t>{5, 10}));  // whole numbers are the last step's
  const auto best = saved("best");
  EXPECT_NEAR(best.tensors.at("network.weight").item<double>(), weights[9], 1e-6);
  EXPECT_NEAR(best.tensors.at("network.noted").item<double>(), all_noted[9], 1e-5);
  EXPECT_NEAR(saved("last").tensors.at("network.weight").item<double>(), 1.0 - 10 * kRate, 1e-6);
  expect_near(movements(), std::vector<double>(10, kRate), 2e-6);
}

TEST_F(AppliedTrainingTest, WithoutAnAverageTheLastWeightsAreValidatedAndShipped) {
  train();
  EXPECT_NEAR(task_.weights.at(0), 1.0 - 5 * kRate, 1e-6);
  EXPECT_NEAR(saved("best").tensors.at("network.weight").item<double>(), 1.0 - 5 * kRate, 1e-6);
}

// From half of ten steps on: the plain mean of the weights 1 - 0.01 n and of the buffers n, n = 6
// to 10.
TEST_F(AppliedTrainingTest, AnEqualAverageIsTheMeanOfItsSteps) {
  options_.epochs = 2;
  options_.average_decay = 0.9;
  options_.equal_average_from = 0.5;
  train();
  EXPECT_NEAR(task_.weights.at(1), 1.0 - 8 * kRate, 1e-6);
  EXPECT_NEAR(task_.noted.at(1), 8.0, 1e-5);
  EXPECT_NEAR(saved("best").tensors.at("network.weight").item<double>(), 1.0 - 8 * kRate, 1e-6);
}

struct StatisticsRow {
  const char* name;
  Balance balance;
  double average_decay;
  bool augment;
};

class AppliedStatisticsTest : public AppliedTrainingTest,
                              public testing::WithParamInterface<StatisticsRow> {};

// Five batches of four: their plain average is the mean over all training images, as often as each
// class occurs among them, not as often as it is sampled.
TEST_P(AppliedStatisticsTest, AreThoseOfTheTrainingImagesAsTheyAre) {
  options_.balance = GetParam().balance;
  options_.average_decay = GetParam().average_decay;
  options_.augment = GetParam().augment;
  train();
  EXPECT_NEAR(task_.means.at(0), kUnequalMean, 1e-5);
  EXPECT_NEAR(saved("best").tensors.at("network.norm.running_mean").item<double>(), kUnequalMean,
              1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, AppliedStatisticsTest,
                         testing::Values(StatisticsRow{"Plain", Balance::none, 0.0, false},
                                         StatisticsRow{"Averaged", Balance::none, 0.9, false},
                                         StatisticsRow{"Augmented", Balance::none, 0.0, true},
                                         StatisticsRow{"Balanced", Balance::sampling, 0.0, false},
                                         StatisticsRow{"All", Balance::sampling, 0.9, true}),
                         [](const auto& row) { return row.param.name; });

std::vector<int64_t> class_counts(const std::vector<data::Batch>& batches) {
  auto counts = at::zeros({4}, at::kLong);
  for (const auto& batch : batches) {
    const auto labels = batch.target.argmax(1);
    counts += at::one_hot(labels, 4).sum(0);
  }
  return {counts.data_ptr<int64_t>(), counts.data_ptr<int64_t>() + 4};
}

TEST_F(AppliedTrainingTest, BalancedSamplingShowsEveryClassEquallyOften) {
  options_.balance = Balance::sampling;
  options_.epochs = 3;
  train();
  EXPECT_EQ(class_counts(task_.received), (std::vector<int64_t>{15, 15, 15, 15}));
}

TEST_F(AppliedTrainingTest, WithoutBalanceEveryImageIsShownOnce) {
  train();
  EXPECT_EQ(class_counts(task_.received), (std::vector<int64_t>{10, 5, 3, 2}));
  std::vector<std::size_t> shown;
  for (const auto& batch : task_.received)
    shown.insert(shown.end(), batch.indices.begin(), batch.indices.end());
  EXPECT_FALSE(std::is_sorted(shown.begin(), shown.end()));
  std::sort(shown.begin(), shown.end());
  EXPECT_EQ(shown, unequal_sides().training);
}

TEST_F(AppliedTrainingTest, TheLossReceivesSmoothedTargetsAndValidationDoesNot) {
  options_.label_smoothing = 0.1;
  train();
  for (const auto& batch : task_.received) {
    const auto [sorted, order] = batch.target.sort(1);
    const auto expected = at::tensor({0.025F, 0.025F, 0.025F, 0.925F}).expand({kBatch, 4});
    EXPECT_TRUE(at::allclose(sorted, expected, 0.0, 1e-6)) << batch.target;
  }
  EXPECT_TRUE(at::equal(task_.validated.at(0).target, at::eye(4)));
}

double largest_change(const data::Batch& batch, const data::ShardDataset& dataset) {
  double largest = 0.0;
  for (std::size_t i = 0; i < batch.indices.size(); ++i) {
    const auto label = nn::label_index(dataset[batch.indices[i]].label);
    const auto image = batch.image[static_cast<int64_t>(i)];
    const auto grey = static_cast<double>(kUnequalGreys[static_cast<std::size_t>(label)]) / 255.0;
    largest = std::max(largest, (image - grey).abs().max().item<double>());
  }
  return largest;
}

TEST_F(AppliedTrainingTest, OnlyTrainingImagesAreAugmentedAndOnlyIfAskedFor) {
  for (const bool augment : {false, true}) {
    SCOPED_TRACE(augment);
    options_.augment = augment;
    task_.received.clear();
    task_.validated.clear();
    train(augment ? "augmented" : "run");
    for (const auto& batch : task_.received)
      EXPECT_EQ(largest_change(batch, dataset_) > kInGrey, augment);
    ASSERT_EQ(task_.validated.size(), 1U);
    EXPECT_EQ(task_.validated[0].indices, unequal_sides().validation);
    EXPECT_LT(largest_change(task_.validated[0], dataset_), kInGrey);
  }
}

}  // namespace
}  // namespace cxrnet::train
