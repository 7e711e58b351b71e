// Where black and white lie: distributions whose answer is plain to see.
#include "grey/value_range.h"

#include <gtest/gtest.h>

namespace cxrnet::imaging {
namespace {

// `pixels` of each value from `low` to `high`.
std::vector<Occurrence> ramp(int low, int high, int64_t pixels = 10) {
  std::vector<Occurrence> occurrences;
  for (int value = low; value <= high; ++value)
    occurrences.push_back({static_cast<double>(value), pixels});
  return occurrences;
}

std::vector<Occurrence> with(std::vector<Occurrence> occurrences,
                             const std::vector<Occurrence>& more) {
  occurrences.insert(occurrences.end(), more.begin(), more.end());
  return occurrences;
}

// A text with soft edges: some pixels every hundred values.
std::vector<Occurrence> soft_text(int low, int high) {
  std::vector<Occurrence> occurrences;
  for (int value = low; value <= high; value += 100)
    occurrences.push_back({static_cast<double>(value), 1});
  return with(occurrences, {{static_cast<double>(high), 300}});
}

TEST(ValueDistribution, FractionsCountPixelsInRisingOrder) {
  const ValueDistribution values({{30, 1}, {10, 3}, {20, 0}, {40, 1}});  // 10 10 10 30 40
  EXPECT_EQ(values.at_fraction(0.0), 10);
  EXPECT_EQ(values.at_fraction(0.5), 10);
  EXPECT_EQ(values.at_fraction(0.75), 30);
  EXPECT_EQ(values.at_fraction(1.0), 40);
  EXPECT_EQ(values.whole().low, 10);
  EXPECT_EQ(values.whole().high, 40);
}

TEST(ValueDistribution, WithoutPixelsItIsZero) {
  const ValueDistribution none({});
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.at_fraction(0.5), 0);
  EXPECT_EQ(none.picture().without_outliers().high, 0);
}

// 1000 … 1999, ten pixels each: 10 and 90 percentile 1099 and 1899 (counting from 1000).
struct PictureCase {
  const char* name;
  std::vector<Occurrence> values;
  double low, high;
};

std::vector<PictureCase> picture_cases() {
  const auto counts = ramp(1000, 1999);
  return {
      {"nothing_burnt_in", counts, 1000, 1999},
      {"one_hot_pixel", with(counts, {{65535, 1}}), 1000, 1999},
      {"several_hot_pixels", with(counts, {{5000, 1}, {20000, 2}, {65535, 1}}), 1000, 1999},
      {"marker_of_5_percent", with(counts, {{65535, 520}}), 1000, 1999},
      {"marker_of_9_percent", with(counts, {{4095, 980}}), 1000, 1999},
      {"dark_marker", with(ramp(61000, 61999), {{0, 500}}), 61000, 61999},
      {"markers_at_both_ends", with(ramp(30000, 30999), {{0, 400}, {65535, 400}}), 30000, 30999},
      // 10,935 pixels, 10 and 90 percentile 1109 and 1984: at most 1109 + 4 · 875 = 4609.
      {"text_with_soft_edges", with(counts, soft_text(2100, 65500)), 1000, 4600},
      {"an_eighth_is_no_marker", with(counts, {{65535, 1400}}), 1000, 65535},
      {"bright_bones_are_no_marker", with(counts, ramp(2000, 2400, 1)), 1000, 2400},
      {"nine_tenths_of_one_value", {{0, 9500}, {20000, 300}, {60000, 200}}, 0, 60000},
  };
}

class PictureTest : public testing::TestWithParam<PictureCase> {};

TEST_P(PictureTest, EndsWhereMarkersBegin) {
  const ValueRange range = ValueDistribution(GetParam().values).picture().whole();
  EXPECT_EQ(range.low, GetParam().low);
  EXPECT_EQ(range.high, GetParam().high);
}

INSTANTIATE_TEST_SUITE_P(Cases, PictureTest, testing::ValuesIn(picture_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ValueDistribution, TrimmedLeavesHalfAPercentOutOnEachSide) {
  const ValueRange range = ValueDistribution(ramp(1000, 1999)).trimmed();
  EXPECT_EQ(range.low, 1004);   // the 50th of 10,000 pixels, counting from 0: 49
  EXPECT_EQ(range.high, 1994);  // the 9,949th
}

TEST(ValueDistribution, OutliersAreFartherThanHalfTheTrimmedRangeBeyondIt) {
  // Trimmed: 1004 … 1994, half of it 495: 509 … 2489 belong.
  const auto range_with = [](double value) {
    return ValueDistribution(with(ramp(1000, 1999), {{value, 1}})).without_outliers();
  };
  EXPECT_EQ(range_with(2489).high, 2489);
  EXPECT_EQ(range_with(2491).high, 1999);
  EXPECT_EQ(range_with(510).low, 510);
  EXPECT_EQ(range_with(500).low, 1000);
}

}  // namespace
}  // namespace cxrnet::imaging
