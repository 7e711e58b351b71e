#include "cxrnet/train/calibration.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/nn/losses.h"
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

TEST_F(CalibrationTest, AnOverconfidentHeadGetsATemperatureThatUndoesIt) {
  const auto fitted = fit_calibration(network_, *dataset_, sides_.validation);
  {
    const at::NoGradGuard no_grad;
    network_->head()->fc()->weight.mul_(3.0);
    network_->head()->fc()->bias.mul_(3.0);
  }
  const auto scaled = fit_calibration(network_, *dataset_, sides_.validation);
  EXPECT_TRUE(fitted.fitted);
  if (fitted.temperature < 6.0) {  // below the search's upper end
    EXPECT_NEAR(scaled.temperature / fitted.temperature, 3.0, 0.05);
  } else {
    EXPECT_GE(scaled.temperature, fitted.temperature);
  }
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
