// Closed forms of clipped equalisation, and the order of the steps.
#include "cxrnet/imaging/clahe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "error_matchers.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

// With one tile nothing is interpolated, and each level that occurs once is not clipped: plain
// equalisation.
TEST(Clahe, OneTileOfDistinctValuesIsTheCumulativeHistogram) {
  cv::Mat image(16, 16, CV_8UC1), expected(16, 16, CV_8UC1);
  for (int value = 0; value < 256; ++value) {
    const int place = value * 77 % 256;  // any order: 77 is odd
    image.at<uint8_t>(place / 16, place % 16) = static_cast<uint8_t>(value);
    expected.at<uint8_t>(place / 16, place % 16) =
        static_cast<uint8_t>(std::lround((value + 1) * 255.0 / 256.0));
  }
  EXPECT_TRUE(images_agree(apply_clahe(image, 1.0, 1), expected));
}

// 4096 pixels of level 100, limit 2 · 4096 / 256 = 32: 4064 counts are spread, 15 to each of the
// 256 levels and one more to the first 224. Up to level 100 that sums to 101 · 16 + 32 = 1648 of
// 4096.
TEST(Clahe, ExcessCountsAreSpreadOverAllLevels) {
  const cv::Mat flat(64, 64, CV_8UC1, cv::Scalar(100));
  EXPECT_TRUE(
      images_agree(apply_clahe(flat, 2.0, 1), cv::Mat(64, 64, CV_8UC1, cv::Scalar(103))));  // 102.6
}

// The same sum for level 0 is 48 of 4096: black is lifted to 3, the reason for cutting again after
// CLAHE.
TEST(Clahe, LiftsFlatBlack) {
  const cv::Mat black = cv::Mat::zeros(64, 64, CV_8UC1);
  EXPECT_TRUE(images_agree(apply_clahe(black, 2.0, 1), cv::Mat(64, 64, CV_8UC1, cv::Scalar(3))));
}

TEST(Clahe, RefusesWrongOptionsAndImages) {
  const cv::Mat image = drawn_picture(64, 64);
  EXPECT_EQ(caught([&] { apply_clahe(image, 0.0, 8); }).code, ErrorCode::invalid_option);
  EXPECT_EQ(caught([&] { apply_clahe(image, 2.0, 0); }).code, ErrorCode::invalid_option);
  EXPECT_EQ(caught([&] { apply_clahe(cv::Mat::zeros(64, 64, CV_16UC1), 2.0, 8); }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { apply_clahe(cv::Mat(), 2.0, 8); }).code, ErrorCode::invalid_shape);
}

class PrepareInput : public testing::Test {
 protected:
  PrepareInput() {
    preprocessing.size = 64;
    mask(cv::Rect(20, 10, 30, 40)) = 255;
  }

  cv::Mat masked() const {
    cv::Mat result = cv::Mat::zeros(64, 64, CV_8UC1);
    square.copyTo(result, mask);
    return result;
  }

  nn::Preprocessing preprocessing;
  cv::Mat square = drawn_picture(64, 64);
  cv::Mat mask = cv::Mat::zeros(64, 64, CV_8UC1);
};

TEST_F(PrepareInput, SegmentedIsClaheOfTheMaskedImageWithBlackAround) {
  const cv::Mat enhanced = apply_clahe(masked(), 2.0, 8);
  cv::Mat expected = cv::Mat::zeros(64, 64, CV_8UC1);
  enhanced.copyTo(expected, mask);
  EXPECT_TRUE(images_agree(prepare_input(square, mask, preprocessing), expected));
}

TEST_F(PrepareInput, WithoutClaheOnlyTheMaskActs) {
  preprocessing.clahe = false;
  EXPECT_TRUE(images_agree(prepare_input(square, mask, preprocessing), masked()));
}

TEST_F(PrepareInput, OriginalIgnoresTheMask) {
  preprocessing.arm = nn::Arm::original;
  EXPECT_TRUE(
      images_agree(prepare_input(square, mask, preprocessing), apply_clahe(square, 2.0, 8)));
  EXPECT_TRUE(images_agree(prepare_input(square, {}, preprocessing), apply_clahe(square, 2.0, 8)));
  preprocessing.clahe = false;
  EXPECT_TRUE(images_agree(prepare_input(square, {}, preprocessing), square));
}

TEST_F(PrepareInput, DilationLetsNeighboursThrough) {
  preprocessing.clahe = false;
  preprocessing.mask_dilation = 3;
  const cv::Mat cut = prepare_input(square, mask, preprocessing);
  EXPECT_EQ(cut.at<uint8_t>(30, 17), square.at<uint8_t>(30, 17));  // three pixels left of the mask
  EXPECT_EQ(cut.at<uint8_t>(30, 16), 0);
  EXPECT_EQ(cut.at<uint8_t>(7, 17), 0);  // beyond the disc at the corner
}

TEST_F(PrepareInput, LeavesItsArgumentsAlone) {
  const cv::Mat before = square.clone();
  prepare_input(square, mask, preprocessing).setTo(7);
  preprocessing.arm = nn::Arm::original;
  preprocessing.clahe = false;
  prepare_input(square, {}, preprocessing).setTo(7);
  EXPECT_TRUE(images_agree(square, before));
}

TEST_F(PrepareInput, RefusesOtherSizes) {
  EXPECT_EQ(caught([&] { prepare_input(drawn_picture(63, 64), mask, preprocessing); }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { prepare_input(square, {}, preprocessing); }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { prepare_input(square, drawn_picture(32, 32), preprocessing); }).code,
            ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::imaging
