#include "cxrnet/explain/localisation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "error_matchers.h"

namespace cxrnet::explain {
namespace {

at::Tensor black() { return at::zeros({1, 1, 20, 30}); }

at::Tensor with_pixels(const std::vector<std::pair<int64_t, int64_t>>& pixels, float value = 1.0F) {
  auto map = black();
  for (const auto& [y, x] : pixels) map[0][0][y][x] = value;
  return map;
}

double only(const std::vector<metrics::Figure>& figures) {
  EXPECT_EQ(figures.size(), 1U);
  return figures.front().value.value();
}

TEST(PointingGame, IsAHitInsideTheRegionAndNearIt) {
  const auto region = with_pixels({{5, 5}, {5, 6}});
  EXPECT_EQ(only(pointing_game(with_pixels({{5, 6}}), region)), 1.0);
  EXPECT_EQ(only(pointing_game(with_pixels({{5, 7}}), region)), 0.0);
  EXPECT_EQ(only(pointing_game(with_pixels({{5, 7}}), region, 1)), 1.0);
  // (8, 10) is 3 down and 4 right of (5, 6): 5 pixels away, Euclidean.
  EXPECT_EQ(only(pointing_game(with_pixels({{8, 10}}), region, 4)), 0.0);
  EXPECT_EQ(only(pointing_game(with_pixels({{8, 10}}), region, 5)), 1.0);
}

TEST(PointingGame, SeveralBrightestPixelsCountTheirParts) {
  const auto region = with_pixels({{5, 5}, {5, 6}});
  auto heat = with_pixels({{5, 5}, {1, 1}, {2, 2}, {3, 3}});
  heat[0][0][5][6] = 0.99F;
  EXPECT_EQ(only(pointing_game(heat, region)), 0.25);
}

TEST(Overlap, AtEqualAreaAndAtAThreshold) {
  const auto region = with_pixels({{0, 0}, {0, 1}, {0, 2}});
  auto heat = with_pixels({{0, 1}, {0, 2}, {9, 9}}, 0.9F);
  heat[0][0][4][4] = 0.6F;
  EXPECT_NEAR(only(iou_at_equal_area(heat, region)), 2.0 / 4, 1e-12);
  EXPECT_NEAR(only(iou_at_threshold(heat, region, 0.5)), 2.0 / 5, 1e-12);
  EXPECT_NEAR(only(iou_at_threshold(heat, region, 0.7)), 2.0 / 4, 1e-12);
  EXPECT_EQ(only(iou_at_threshold(heat, region, 0.95)), 0.0);
  EXPECT_EQ(only(iou_at_equal_area(region, region)), 1.0);
}

TEST(HeatInside, IsAShareOfTheHeatAndEqualsTheAreaForAConstantMap) {
  const auto region = with_pixels({{0, 0}, {0, 1}, {0, 2}});
  auto heat = with_pixels({{0, 0}, {9, 9}}, 0.25F);
  heat[0][0][0][1] = 0.5F;
  EXPECT_NEAR(only(heat_inside(heat, region)), 0.75, 1e-12);
  const auto constant = at::full_like(heat, 0.3F);
  EXPECT_NEAR(only(heat_inside(constant, region)), 3.0 / 600, 1e-9);
  EXPECT_NEAR(only(share_of_area(region)), 3.0 / 600, 1e-12);
}

// Any non-zero value is inside, as in masks of 0 and 255.
TEST(Localisation, TakesMasksOfAnyType) {
  const auto region = with_pixels({{0, 0}, {0, 1}});
  const auto heat = with_pixels({{0, 0}});
  for (const auto& mask : {(255 * region).to(at::kByte), region != 0}) {
    EXPECT_EQ(only(heat_inside(heat, mask)), 1.0);
    EXPECT_EQ(only(pointing_game(heat, mask)), 1.0);
    EXPECT_EQ(only(iou_at_equal_area(heat, mask)), only(iou_at_equal_area(heat, region)));
  }
}

// A map that is the same everywhere points nowhere: a miss, as long as there is something to hit.
TEST(Localisation, ADeadMapIsAMissAndAnEmptyRegionIsUndefined) {
  const auto heat = at::cat(
      {with_pixels({{3, 3}}), with_pixels({{3, 3}}), black(), at::full({1, 1, 20, 30}, 0.5F)});
  const auto lesion = with_pixels({{3, 3}});
  const auto region = at::cat({lesion, black(), lesion, lesion});
  for (const auto& figures : {pointing_game(heat, region), iou_at_equal_area(heat, region),
                              iou_at_threshold(heat, region)}) {
    EXPECT_TRUE(figures[0].value);
    EXPECT_NE(figures[1].undefined.find("region is empty"), std::string::npos);
    EXPECT_EQ(figures[2].value, 0.0);
    EXPECT_EQ(figures[3].value, 0.0);
    EXPECT_EQ(mean_of_defined(figures).n, 3);
    EXPECT_NEAR(mean_of_defined(figures).mean.value.value(), 1.0 / 3, 1e-12);
  }
  EXPECT_FALSE(pointing_game(black(), black()).front().value);
  const auto inside = heat_inside(heat, region);
  EXPECT_FALSE(inside[1].value);
  EXPECT_NE(inside[2].undefined.find("0 everywhere"), std::string::npos);
  EXPECT_NEAR(inside[3].value.value(), 1.0 / 600, 1e-9);
  const auto counted = heat_inside(heat, region, BlackMap::miss);
  EXPECT_FALSE(counted[1].value);
  EXPECT_EQ(counted[2].value, 0.0);
  EXPECT_EQ(counted[3].value, inside[3].value);
  const auto mean = mean_of_defined(inside);
  EXPECT_EQ(mean.n, 2);
  EXPECT_NEAR(mean.mean.value.value(), (1 + 1.0 / 600) / 2, 1e-9);
  EXPECT_EQ(mean_of_defined({}).mean.undefined, "no images");
  EXPECT_FALSE(mean_of_defined({inside[1]}).mean.value);
}

TEST(Localisation, RefusesWhatDoesNotFit) {
  EXPECT_EQ(caught([] {
              heat_inside(black(), at::zeros({1, 1, 20, 31}));
            }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([] { heat_inside(black() + 2, black()); }).code, ErrorCode::invalid_option);
  EXPECT_EQ(caught([] { pointing_game(black(), black(), -1); }).code, ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::explain
