#include "cxrnet/metrics/overlap.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {
namespace {

using Mask = std::vector<uint8_t>;

TEST(MaskOverlap, AgreesWithCountsByHand) {
  struct Row {
    const char* name;
    Mask predicted, actual;
    double iou, dice;
  };
  const Row rows[] = {
      {"equal", {0, 1, 1, 0}, {0, 1, 1, 0}, 1.0, 1.0},
      {"any non-zero value is inside", {0, 255, 1, 0}, {0, 1, 128, 0}, 1.0, 1.0},
      {"apart", {1, 1, 0, 0}, {0, 0, 1, 1}, 0.0, 0.0},
      {"one of three", {1, 1, 0, 0}, {0, 1, 1, 0}, 1.0 / 3, 0.5},
      {"inside", {0, 1, 0, 0}, {1, 1, 1, 1}, 0.25, 0.4},
      {"nothing predicted", {0, 0}, {1, 0}, 0.0, 0.0},
      {"nothing there", {1, 0}, {0, 0}, 0.0, 0.0},
  };
  for (const auto& row : rows) {
    const auto overlap = mask_overlap(row.predicted, row.actual);
    EXPECT_EQ(overlap.iou.value, row.iou) << row.name;
    EXPECT_EQ(overlap.dice.value, row.dice) << row.name;
  }
}

TEST(MaskOverlap, IsUndefinedForTwoEmptyMasks) {
  for (const auto& mask : {Mask{}, Mask{0, 0, 0}}) {
    const auto overlap = mask_overlap(mask, mask, "patient");
    EXPECT_FALSE(overlap.iou.value);
    EXPECT_FALSE(overlap.dice.value);
    EXPECT_EQ(overlap.iou.undefined, "both masks are empty");
    EXPECT_EQ(overlap.group, "patient");
  }
}

TEST(MaskOverlap, RefusesMasksOfDifferentSizes) {
  EXPECT_THROW(mask_overlap(Mask{1}, Mask{1, 0}), Error);
}

MaskOverlap overlap_of(double iou, double dice, std::string group) {
  return {.iou = defined(iou), .dice = defined(dice), .group = std::move(group)};
}

TEST(EvaluateSegmentation, AveragesDefinedOverlaps) {
  const auto report =
      evaluate_segmentation({overlap_of(0.5, 0.6, "a"), overlap_of(1.0, 1.0, "b"),
                             mask_overlap(Mask{0}, Mask{0}, "c"), overlap_of(0.9, 0.8, "b")});
  EXPECT_EQ(report.n, 3);
  EXPECT_EQ(report.without_overlap, 1);
  EXPECT_DOUBLE_EQ(report.iou.value.value(), 0.8);
  EXPECT_DOUBLE_EQ(report.dice.value.value(), 0.8);
  ASSERT_TRUE(report.iou.interval);
  EXPECT_DOUBLE_EQ(report.iou.interval->low, 0.5);    // both draws are patient a: 1/4 of all draws
  EXPECT_DOUBLE_EQ(report.iou.interval->high, 0.95);  // both are patient b
}

TEST(EvaluateSegmentation, IsUndefinedWithoutImages) {
  const auto report = evaluate_segmentation({});
  EXPECT_EQ(report.n, 0);
  EXPECT_FALSE(report.iou.value);
  EXPECT_FALSE(report.iou.interval);
  EXPECT_FALSE(report.iou.undefined.empty());
}

}  // namespace
}  // namespace cxrnet::metrics
