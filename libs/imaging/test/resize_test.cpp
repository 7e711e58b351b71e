#include "cxrnet/imaging/resize.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "error_matchers.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

struct PlacementCase {
  const char* name;
  cv::Size source;
  int side;
  nn::Aspect aspect;
  cv::Rect content;
};

const PlacementCase kPlacements[] = {
    {"squeeze_wide", {300, 200}, 224, nn::Aspect::squeeze, {0, 0, 224, 224}},
    {"squeeze_equal", {224, 224}, 224, nn::Aspect::squeeze, {0, 0, 224, 224}},
    {"keep_wide", {400, 200}, 100, nn::Aspect::keep, {0, 25, 100, 50}},
    {"keep_tall", {200, 400}, 100, nn::Aspect::keep, {25, 0, 50, 100}},
    {"keep_odd_padding", {99, 97}, 99, nn::Aspect::keep, {0, 1, 99, 97}},
    {"keep_odd_rest", {100, 97}, 100, nn::Aspect::keep, {0, 1, 100, 97}},
    {"keep_enlarges", {50, 32}, 100, nn::Aspect::keep, {0, 18, 100, 64}},
    {"keep_square", {640, 640}, 224, nn::Aspect::keep, {0, 0, 224, 224}},
    {"keep_strip", {10000, 3}, 64, nn::Aspect::keep, {0, 31, 64, 1}},
};

class PlacementTest : public testing::TestWithParam<PlacementCase> {};

TEST_P(PlacementTest, IsWhereItShouldBe) {
  const auto& row = GetParam();
  const Placement placement = place_in_square(row.source, row.side, row.aspect);
  EXPECT_EQ(placement.content, row.content);
  EXPECT_EQ(placement.source, row.source);
  EXPECT_EQ(placement.side, row.side);
}

TEST_P(PlacementTest, WayBackHasTheSourcesSizeAndValues) {
  const auto& row = GetParam();
  Placement placement;
  const cv::Mat white(row.source, CV_8UC1, cv::Scalar(255));
  const cv::Mat square = resize_to_square(white, row.side, row.aspect, &placement);
  EXPECT_EQ(square.size(), cv::Size(row.side, row.side));
  EXPECT_EQ(cv::countNonZero(square), row.content.area());  // white inside, black padding
  EXPECT_TRUE(images_agree(back_to_source(square, placement, cv::INTER_LINEAR), white));
}

INSTANTIATE_TEST_SUITE_P(Cases, PlacementTest, testing::ValuesIn(kPlacements),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Resize, ImageOfTheSquaresSizeComesOutUnchanged) {
  const cv::Mat image = drawn_picture(64, 64);
  for (const nn::Aspect aspect : {nn::Aspect::squeeze, nn::Aspect::keep}) {
    EXPECT_TRUE(images_agree(resize_to_square(image, 64, aspect), image));
  }
}

TEST(Resize, ShrinkingAverages) {
  cv::Mat stripes(128, 128, CV_8UC1);
  for (int column = 0; column < 128; ++column) stripes.col(column) = column % 2 == 0 ? 0 : 200;
  EXPECT_TRUE(images_agree(resize_to_square(stripes, 64, nn::Aspect::squeeze),
                           cv::Mat(64, 64, CV_8UC1, cv::Scalar(100))));
}

TEST(Resize, SixteenBitsStaySixteen) {
  const cv::Mat image(50, 70, CV_16UC1, cv::Scalar(40000));
  const cv::Mat square = resize_to_square(image, 35, nn::Aspect::keep);
  EXPECT_EQ(square.type(), CV_16UC1);
  EXPECT_EQ(square.at<uint16_t>(17, 17), 40000);
}

// A mask drawn in the square must come to lie on the same anatomy in the source: the centre of a
// bright block survives the way there and back within a pixel of the coarser grid.
TEST(Resize, RoundTripKeepsPlaces) {
  for (const nn::Aspect aspect : {nn::Aspect::squeeze, nn::Aspect::keep}) {
    cv::Mat source = cv::Mat::zeros(301, 517, CV_8UC1);
    const cv::Rect block(340, 50, 60, 40);
    source(block) = 255;
    Placement placement;
    const cv::Mat square = resize_to_square(source, 224, aspect, &placement);
    const cv::Mat back = back_to_source(square, placement, cv::INTER_LINEAR);
    const cv::Moments moments = cv::moments(back);
    EXPECT_NEAR(moments.m10 / moments.m00, block.x + (block.width - 1) / 2.0, 1.0);
    EXPECT_NEAR(moments.m01 / moments.m00, block.y + (block.height - 1) / 2.0, 1.0);
  }
}

TEST(Resize, RefusesWhatHasNoSize) {
  EXPECT_EQ(caught([] { resize_to_square(cv::Mat(), 64, nn::Aspect::keep); }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([] {
              place_in_square({10, 10}, 0, nn::Aspect::keep);
            }).code,
            ErrorCode::invalid_shape);
  const Placement placement = place_in_square({10, 10}, 64, nn::Aspect::keep);
  EXPECT_EQ(
      caught([&] { back_to_source(drawn_picture(32, 32), placement, cv::INTER_LINEAR); }).code,
      ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::imaging
