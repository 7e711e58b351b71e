#include "cxrnet/pipeline/segmentation.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/sha256.h"
#include "error_matchers.h"

namespace cxrnet::pipeline {
namespace {

cv::Mat black(int side) { return cv::Mat::zeros(side, side, CV_8UC1); }

void fill(cv::Mat& mask, const cv::Rect& area, int value = 255) { mask(area).setTo(value); }

TEST(KeepTwoLungsTest, KeepsTheTwoLargestPartsAndFillsTheirHoles) {
  cv::Mat mask = black(100);
  fill(mask, {10, 20, 25, 60});
  fill(mask, {60, 20, 30, 60});
  fill(mask, {45, 90, 11, 10});   // 1.1 % of the image: the third largest
  fill(mask, {70, 40, 5, 5}, 0);  // a hole
  cv::Mat expected = black(100);
  fill(expected, {10, 20, 25, 60});
  fill(expected, {60, 20, 30, 60});
  EXPECT_EQ(cv::countNonZero(keep_two_lungs(mask) != expected), 0);
}

TEST(KeepTwoLungsTest, DropsSpecks) {
  cv::Mat mask = black(100);
  fill(mask, {3, 3, 5, 5});
  EXPECT_EQ(cv::countNonZero(keep_two_lungs(mask)), 0);
}

TEST(KeepTwoLungsTest, ALungThatIsWholeStaysAsItIs) {
  cv::Mat mask = black(90);
  cv::ellipse(mask, {45, 45}, {20, 35}, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  EXPECT_EQ(cv::countNonZero(keep_two_lungs(mask) != mask), 0);
}

TEST(LungFractionTest, CountsPixels) {
  cv::Mat mask = black(10);
  EXPECT_EQ(lung_fraction(mask), 0.0);
  EXPECT_EQ(lung_fraction(cv::Mat()), 0.0);
  fill(mask, {0, 0, 5, 5});
  EXPECT_EQ(lung_fraction(mask), 0.25);
}

TEST(SegmentLungsTest, GivesABinaryMaskOfTheImagesSize) {
  nn::UNet network(nn::UNetOptions{.base_width = 2, .levels = 2});
  network->eval();
  const cv::Mat mask = segment_lungs(network, cv::Mat(64, 64, CV_8UC1, cv::Scalar(90)));
  EXPECT_EQ(mask.size(), cv::Size(64, 64));
  EXPECT_EQ(cv::countNonZero((mask != 0) & (mask != 255)), 0);
}

TEST(ImageTensorTest, RoundTripsEveryGreyValue) {
  cv::Mat ramp(16, 16, CV_8UC1);
  for (int i = 0; i < 256; ++i) ramp.data[i] = static_cast<uchar>(i);
  const auto tensor = to_tensor(ramp);
  EXPECT_EQ(tensor.sizes().vec(), (std::vector<int64_t>{1, 1, 16, 16}));
  EXPECT_FLOAT_EQ(tensor[0][0][15][15].item<float>(), 1.0F);
  EXPECT_FLOAT_EQ(tensor[0][0][0][1].item<float>(), 1.0F / 255.0F);
  EXPECT_EQ(cv::countNonZero(to_image(tensor) != ramp), 0);
}

TEST(ImageTensorTest, TakesAViewIntoALargerImage) {
  cv::Mat large = black(32);
  fill(large, {8, 8, 4, 4});
  EXPECT_FLOAT_EQ(to_tensor(large(cv::Rect(8, 8, 4, 4))).min().item<float>(), 1.0F);
}

TEST(ImageTensorTest, RefusesColour) {
  EXPECT_EQ(caught([] { to_tensor(cv::Mat(4, 4, CV_8UC3)); }).code, ErrorCode::invalid_shape);
}

TEST(Sha256Test, HasTheValuesOfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace cxrnet::pipeline
