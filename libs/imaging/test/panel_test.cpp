#include "cxrnet/imaging/panel.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "cxrnet/imaging/colour_map.h"
#include "error_matchers.h"

namespace cxrnet::imaging {
namespace {

// Plain pictures, each of its own colour.
Panel panel_of(int count, cv::Size size) {
  Panel panel;
  for (int i = 0; i < count; ++i)
    panel.tiles.push_back({cv::Mat(size, CV_8UC3, cv::Scalar(10 * i, 200, 255 - 10 * i)), "", ""});
  return panel;
}

// Pixels of exactly that colour.
int pixels_of(const cv::Mat& image, const cv::Scalar& colour) {
  cv::Mat found;
  cv::inRange(image, colour, colour, found);
  return cv::countNonZero(found);
}

TEST(DrawPanel, ShowsEveryPictureWholeAndOnce) {
  for (const int count : {1, 2, 5, 6, 14}) {
    const auto panel = panel_of(count, {60, 40});
    const cv::Mat drawn = draw_panel(panel);
    EXPECT_EQ(drawn.type(), CV_8UC3);
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(pixels_of(drawn, cv::Scalar(10 * i, 200, 255 - 10 * i)), 360 * 240)
          << count << " pictures, number " << i;
    }
  }
}

TEST(DrawPanel, FillsRowsOfAtMostFiveEvenly) {
  const auto width = [](int count) { return draw_panel(panel_of(count, {30, 30})).cols; };
  EXPECT_EQ(width(6), width(3));   // 3 + 3
  EXPECT_EQ(width(14), width(5));  // 5 + 5 + 4
  EXPECT_LT(draw_panel(panel_of(5, {30, 30})).rows, draw_panel(panel_of(6, {30, 30})).rows);
}

TEST(DrawPanel, ReducesLargePictures) {
  const cv::Mat drawn = draw_panel(panel_of(1, {1800, 3600}));
  EXPECT_EQ(pixels_of(drawn, cv::Scalar(0, 200, 255)), 180 * 360);
}

// Each text leaves light pixels in the place that is its own, and nowhere else.
TEST(DrawPanel, WritesItsTexts) {
  const auto plain = draw_panel(panel_of(2, {30, 30}));
  const auto light = [](const cv::Mat& image) {
    cv::Mat grey;
    cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
    return cv::countNonZero(grey > 185);
  };
  const int before = light(plain);
  auto titled = panel_of(2, {30, 30});
  titled.tiles[1].title = "grad_cam";
  const auto with_title = draw_panel(titled);
  EXPECT_EQ(with_title.size(), plain.size());
  EXPECT_GT(light(with_title), before + 50);
  const auto left_half = cv::Rect(0, 0, plain.cols / 2, plain.rows);
  EXPECT_EQ(light(with_title(left_half)), light(plain(left_half)));
  auto headed = panel_of(2, {30, 30});
  headed.heading = "asked about covid19";
  headed.footing = "research use only";
  EXPECT_GT(draw_panel(headed).rows, plain.rows + 50);
}

TEST(DrawPanel, SetsWideTextsSmallerInsteadOfCuttingThem) {
  auto panel = panel_of(2, {30, 30});
  panel.tiles[0].title = std::string(200, 'w');
  const auto drawn = draw_panel(panel);
  const cv::Rect beside(kPanelTileSide + 13, 0, kPanelTileSide, 20);
  cv::Mat grey;
  cv::cvtColor(drawn(beside), grey, cv::COLOR_BGR2GRAY);
  EXPECT_EQ(cv::countNonZero(grey > 60), 0);
}

TEST(DrawPanel, DrawsTheHeatScaleFromEndToEnd) {
  auto panel = panel_of(2, {30, 30});
  panel.heat_scale = true;
  const auto drawn = draw_panel(panel);
  for (const int heat : {1, 128, 255})
    EXPECT_GT(pixels_of(drawn, cv::Scalar(heat_colours()[static_cast<std::size_t>(heat)])), 5);
}

TEST(DrawPanel, RefusesWhatDoesNotFitTogether) {
  EXPECT_EQ(caught([] { draw_panel({}); }).code, ErrorCode::invalid_shape);
  auto sizes = panel_of(2, {30, 30});
  sizes.tiles[1].picture = cv::Mat::zeros(30, 31, CV_8UC3);
  EXPECT_EQ(caught([&] { draw_panel(sizes); }).code, ErrorCode::invalid_shape);
  auto types = panel_of(1, {30, 30});
  types.tiles[0].picture = cv::Mat::zeros(30, 30, CV_8UC1);
  EXPECT_EQ(caught([&] { draw_panel(types); }).code, ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::imaging
