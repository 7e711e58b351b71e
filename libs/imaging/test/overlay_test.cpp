#include "cxrnet/imaging/overlay.h"

#include <gtest/gtest.h>

#include "cxrnet/imaging/colour_map.h"
#include "error_matchers.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

// Inferno at 0, 1/2 and 1 as matplotlib's _cm_listed.py has it, in BGR; OpenCV rounds it by up to a
// level or two.
TEST(ColourMap, IsInferno) {
  struct Row {
    int heat;
    cv::Vec3b bgr;
  };
  for (const Row& row : {Row{0, {4, 0, 0}}, Row{128, {85, 56, 188}}, Row{255, {164, 255, 252}}}) {
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_NEAR(heat_colours()[row.heat][channel], row.bgr[channel], 3) << "heat " << row.heat;
    }
  }
}

TEST(ColourMap, LumaNeverFalls) {
  double previous = -1;
  for (const cv::Vec3b& bgr : heat_colours()) {
    const double luma = 0.114 * bgr[0] + 0.587 * bgr[1] + 0.299 * bgr[2];
    EXPECT_GE(luma, previous - 0.5);
    previous = luma;
  }
}

TEST(HeatOverlay, IsGreyWithoutHeatAndColourAtFullHeat) {
  const cv::Mat grey(40, 40, CV_8UC1, cv::Scalar(90));
  cv::Mat heat = cv::Mat::zeros(40, 40, CV_8UC1);
  heat.col(7) = 255;
  const cv::Mat overlay = heat_overlay(grey, heat, {}, 1.0);
  EXPECT_EQ(overlay.at<cv::Vec3b>(5, 6), cv::Vec3b(90, 90, 90));
  EXPECT_EQ(overlay.at<cv::Vec3b>(5, 7), heat_colours()[255]);
  const cv::Vec3b half = heat_overlay(grey, heat, {}, 0.5).at<cv::Vec3b>(5, 7);
  EXPECT_NEAR(half[1], (90 + heat_colours()[255][1]) / 2.0, 1.0);
}

// Pixels that the outline covers by more than half, on a black image.
int outline_pixels(int side) {
  cv::Mat mask = cv::Mat::zeros(side, side, CV_8UC1);
  mask(cv::Rect(side / 4, side / 4, side / 2, side / 2)) = 255;
  cv::Mat image = cv::Mat::zeros(side, side, CV_8UC3), changed;
  draw_lung_outline(image, mask);
  cv::extractChannel(image, changed, 1);
  EXPECT_EQ(image.at<cv::Vec3b>(side / 2, side / 2), cv::Vec3b(0, 0, 0)) << "the inside stays free";
  EXPECT_EQ(image.at<cv::Vec3b>(2, 2), cv::Vec3b(0, 0, 0)) << "the outside stays free";
  EXPECT_NE(image.at<cv::Vec3b>(side / 4, side / 2), cv::Vec3b(0, 0, 0)) << "the border is drawn";
  return cv::countNonZero(changed > 105);  // half of the outline's green
}

TEST(HeatOverlay, OutlineGrowsWithTheImage) {
  const double thin = outline_pixels(224) / (4.0 * 112);  // per pixel of the border: 1 pixel wide
  const double thick = outline_pixels(2400) / (4.0 * 1200);  // 6 pixels wide
  EXPECT_NEAR(thin, 1.0, 0.5);
  EXPECT_NEAR(thick, 6.0, 2.0);
}

TEST(HeatOverlay, LeavesTheMaskAndTheXrayAlone) {
  const cv::Mat grey = drawn_picture(60, 60), mask = drawn_picture(60, 60) > 100;
  const cv::Mat grey_before = grey.clone(), mask_before = mask.clone();
  heat_overlay(grey, grey, mask);
  EXPECT_TRUE(images_agree(grey, grey_before));
  EXPECT_TRUE(images_agree(mask, mask_before));
}

TEST(HeatOverlay, RefusesOtherSizesAndTypes) {
  const cv::Mat grey = drawn_picture(40, 40), other = drawn_picture(40, 41);
  EXPECT_EQ(caught([&] { heat_overlay(grey, other, {}); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { heat_overlay(grey, grey, other); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { heat_overlay(cv::Mat(), grey, {}); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { heat_overlay(grey, grey, {}, 1.5); }).code, ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::imaging
