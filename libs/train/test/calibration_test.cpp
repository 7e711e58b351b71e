#include "cxrnet/train/calibration.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/data/loader.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/train/sides.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

class CalibrationTest : public testing::Test {
 protected:
  CalibrationTest() {
    data::write_synthetic_dataset(folder_.path(), 40);
    dataset_ = std::make_unique<data::ShardDataset>(data::ShardDataset::open(folder_.path()));
    sides_ = choose_sides(*dataset_, "group_split", "train", false, 0.4, 1, false);
    at::manual_seed(4);
    nn::CxrNetOptions options;
    options.encoder.architecture = nn::Architecture::resnet34;
    options.encoder.width = 0.125;
    options.decoder.widths = {8, 8, 8, 8, 8};
    network_ = nn::CxrNet(options);
  }
  TemporaryFolder folder_;
  std::unique_ptr<data::ShardDataset> dataset_;
  Sides sides_;
  nn::CxrNet network_{nullptr};
};

// At the optimum the mean probability of a class is its share of the images, but for the prior's
// pull: |offset| of one image.
TEST_F(CalibrationTest, MeanProbabilitiesBecomeTheClassesShares) {
  std::vector<std::size_t> validation;  // healthy ones, and every third of the others
  for (std::size_t i = 0; i < dataset_->size(); ++i)
    if ((*dataset_)[i].label == nn::kLabels[0] || i % 3 == 0) validation.push_back(i);
  {
    const at::NoGradGuard no_grad;
    network_->head()->fc()->bias.copy_(at::tensor({-2.0, 1.0, -0.5, 1.5}));
  }
  const auto before = network_->head()->fc()->bias.clone();
  const auto calibration = calibrate(network_, *dataset_, validation);
  auto probabilities = at::zeros({nn::kClasses});
  auto shares = at::zeros({nn::kClasses});
  data::Loader loader(*dataset_, validation, {.batch_size = 64});
  loader.start_epoch(0);
  const at::NoGradGuard no_grad;
  while (const auto batch = loader.next()) {
    probabilities += (network_->classify(batch->image) / calibration.temperature).softmax(1).sum(0);
    shares += batch->target.sum(0);
  }
  const auto offsets = at::tensor(calibration.offsets, at::kFloat);
  EXPECT_GT(shares[0].item<double>(), 2.0 * shares[1].item<double>());
  EXPECT_TRUE(at::allclose(shares - probabilities, offsets, 0.0, 0.05)) << offsets;
  EXPECT_TRUE(calibration.fitted);
  EXPECT_TRUE(at::allclose(network_->head()->fc()->bias - before, offsets * calibration.temperature,
                           1e-4, 1e-4));
}

// The 99th percentile of n < 100 distances lies between the two largest: one image is flagged.
TEST_F(CalibrationTest, OneInAHundredOfTheValidationPartIsFlagged) {
  const auto ood = fit_out_of_distribution(network_, *dataset_, sides_.training, sides_.validation);
  data::Loader loader(*dataset_, sides_.validation, {.batch_size = 64});
  loader.start_epoch(0);
  const at::NoGradGuard no_grad;
  network_->eval();
  const auto features = network_->pooled_features(loader.next()->image);
  const auto distances = std::get<0>(nn::feature_distance(ood, features).sort()).to(at::kDouble);
  const auto n = distances.size(0);
  ASSERT_GE(n, 8);
  EXPECT_EQ((distances > ood.distance_threshold).sum().item<int64_t>(), 1);
  const double largest = distances[n - 1].item<double>();
  const double second = distances[n - 2].item<double>();
  const double place = 0.99 * static_cast<double>(n - 1) - static_cast<double>(n - 2);
  EXPECT_NEAR(ood.distance_threshold, second + place * (largest - second), 1e-4 * largest);
}

// Lungs of 0, 1 ... 40 of 64 columns among the training part: of 41 fractions the 0.5th percentile
// lies at 0.2, the 99.5th at 39.8.
TEST_F(CalibrationTest, OneInAHundredOfTheTrainingPartHasAnUnusualShareOfLung) {
  const TemporaryFolder folder;
  data::ShardWriter writer(folder.path(), data::synthetic_description());
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i <= 40; ++i) {
    auto record = data::synthetic_record(i);
    record.mask = data::encode_png(data::kSyntheticSize, [i](int64_t x, int64_t) {
      return x < static_cast<int64_t>(i) ? 255 : 0;
    });
    writer.add(record);
    all.push_back(i);
  }
  writer.finish();
  const auto dataset = data::ShardDataset::open(folder.path());
  const auto ood = fit_out_of_distribution(network_, dataset, all, {0, 1, 2});
  EXPECT_NEAR(ood.lung_fraction_low, 0.2 / 64.0, 1e-6);
  EXPECT_NEAR(ood.lung_fraction_high, 39.8 / 64.0, 1e-6);
}

TEST_F(CalibrationTest, TrainingImagesAreNormalAndNoiseIsNot) {
  const auto ood = fit_out_of_distribution(network_, *dataset_, sides_.training, sides_.validation);
  EXPECT_TRUE(ood.fitted);
  EXPECT_NEAR(ood.lung_fraction_low, 0.5, 1e-6);  // synthetic lungs: columns 16 to 47 of 64
  EXPECT_NEAR(ood.lung_fraction_high, 0.5, 1e-6);
  const at::NoGradGuard no_grad;
  network_->eval();
  const auto noise = network_->pooled_features(at::rand({1, 1, 64, 64}).round());
  EXPECT_GT(nn::feature_distance(ood, noise).item<double>(), ood.distance_threshold);
}

}  // namespace
}  // namespace cxrnet::train
