// The grey pipeline by hand, from the formulas of PS3.3 C.11.
#include "grey/display_lut.h"

#include <gtest/gtest.h>

namespace cxrnet::imaging {
namespace {

struct WindowCase {
  const char* name;
  Window window;
  double value, expected;
};

// C.11.2.1.2.1, note 4: centre 2048, width 4096 maps 0 … 4095 to black … white; width 1 is a
// threshold.
const WindowCase kWindowCases[] = {
    {"linear_start", {2048, 4096, WindowFunction::linear}, 0, 0.0},
    {"linear_end", {2048, 4096, WindowFunction::linear}, 4095, 1.0},
    {"linear_middle", {2048, 4096, WindowFunction::linear}, 2047.5, 0.5},
    {"linear_below", {100, 11, WindowFunction::linear}, 90, 0.0},
    {"linear_inside", {100, 11, WindowFunction::linear}, 97, 0.25},
    {"linear_above", {100, 11, WindowFunction::linear}, 105, 1.0},
    {"threshold_below", {100, 1, WindowFunction::linear}, 99, 0.0},
    {"threshold_above", {100, 1, WindowFunction::linear}, 100, 1.0},
    {"exact_start", {2048, 4096, WindowFunction::linear_exact}, 0, 0.0},
    {"exact_middle", {2048, 4096, WindowFunction::linear_exact}, 2048, 0.5},
    {"exact_end", {2048, 4096, WindowFunction::linear_exact}, 4096, 1.0},
    {"sigmoid_middle", {50, 20, WindowFunction::sigmoid}, 50, 0.5},
    {"sigmoid_edge", {50, 20, WindowFunction::sigmoid}, 60, 0.88079707797788},  // 1 / (1 + e^−2)
};

class WindowTest : public testing::TestWithParam<WindowCase> {};

TEST_P(WindowTest, FollowsTheStandard) {
  EXPECT_NEAR(apply_window(GetParam().window, GetParam().value), GetParam().expected, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Cases, WindowTest, testing::ValuesIn(kWindowCases),
                         [](const auto& row) { return std::string(row.param.name); });

using Codes = std::vector<int64_t>;
using Display = std::vector<uint16_t>;

Codes one_of_each(int bits) { return Codes(std::size_t{1} << bits, 1); }

Display display(const GreyPipeline& pipeline, const Codes& counts) {
  return build_display_lut(pipeline, counts).values;
}

TEST(DisplayLut, WithoutVoiTheUsedCodesSpanBlackToWhite) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 3;
  const DisplayLut lut = build_display_lut(pipeline, {0, 0, 5, 0, 1, 0, 9, 0});
  EXPECT_EQ(lut.values, (Display{0, 0, 0, 16384, 32768, 49151, 65535, 65535}));
  EXPECT_TRUE(lut.measured);
}

TEST(DisplayLut, AsStoredTheCodesSpanBlackToWhite) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.range = RangeRule::as_stored;
  const DisplayLut lut = build_display_lut(pipeline, {0, 3, 2, 0});
  EXPECT_EQ(lut.values, (Display{0, 21845, 43690, 65535}));
  EXPECT_FALSE(lut.measured);
}

TEST(DisplayLut, SignedCodesAreTwosComplement) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.is_signed = true;  // codes 0, 1, 2, 3 stand for 0, 1, −2, −1
  EXPECT_EQ(display(pipeline, one_of_each(2)), (Display{43690, 65535, 0, 21845}));
}

TEST(DisplayLut, InversionComesLastAndLeavesPaddingBlack) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.padding = Padding{0, 0};
  pipeline.invert = true;
  // Padding does not set the range: 1 … 3 spans it.
  EXPECT_EQ(display(pipeline, one_of_each(2)), (Display{0, 65535, 32768, 0}));
}

TEST(DisplayLut, RescaleComesBeforeTheWindow) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.modality = Rescale{10.0, -10.0};                        // −10, 0, 10, 20
  pipeline.voi = Window{5.0, 30.0, WindowFunction::linear_exact};  // −10 … 20
  const DisplayLut lut = build_display_lut(pipeline, one_of_each(2));
  EXPECT_EQ(lut.values, (Display{0, 21845, 43690, 65535}));
  EXPECT_FALSE(lut.measured);
}

TEST(DisplayLut, NegativeSlopeTurnsTheOrder) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 1;
  pipeline.modality = Rescale{-1.0, 0.0};
  EXPECT_EQ(display(pipeline, one_of_each(1)), (Display{65535, 0}));
}

TEST(DisplayLut, TablesHoldTheirEndValuesOutside) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.voi = LookupTable{1, 4, {3, 15}};  // first entry for value 1, four bits
  EXPECT_EQ(display(pipeline, one_of_each(2)), (Display{13107, 13107, 65535, 65535}));
}

TEST(DisplayLut, UniformImageDoesNotDivideByZero) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  for (const auto range : {RangeRule::whole, RangeRule::without_outliers,
                           RangeRule::display_or_counts, RangeRule::as_stored}) {
    pipeline.range = range;
    EXPECT_EQ(display(pipeline, {0, 0, 7, 0}).size(), 4u);
    EXPECT_EQ(display(pipeline, {0, 0, 0, 0}).size(), 4u);
  }
}

struct TableCase {
  const char* name;
  int bits;
  std::vector<uint16_t> values;
  double white;
};

const TableCase kTableCases[] = {
    {"as_declared", 12, {0, 4095}, 4095},
    {"dark_but_within_its_bits", 16, {0, 62945}, 65535},
    {"twelve_bits_declared_as_sixteen", 16, {0, 4095}, 4095},
    {"real_maximum_between_powers", 16, {0, 3000}, 3000},
    {"falling", 16, {1000, 0}, 1000},
    {"wider_than_declared", 8, {0, 4000}, 4000},
    {"without_bits", 0, {0, 255}, 255},
    {"all_zero", 16, {0, 0}, 1},
};

class TableTest : public testing::TestWithParam<TableCase> {};

TEST_P(TableTest, TellsItsWhite) {
  EXPECT_EQ((LookupTable{0, GetParam().bits, GetParam().values}).white(), GetParam().white);
}

INSTANTIATE_TEST_SUITE_P(Cases, TableTest, testing::ValuesIn(kTableCases),
                         [](const auto& row) { return std::string(row.param.name); });

// 16-bit codes: `picture` evenly, ten pixels each, and what was burnt in.
Codes codes_of(int low, int high, const std::vector<std::pair<int, int64_t>>& burnt_in = {},
               int step = 1) {
  Codes counts(1 << 16);
  for (int code = low; code <= high; code += step) counts[static_cast<std::size_t>(code)] = 10;
  for (const auto& [code, pixels] : burnt_in) counts[static_cast<std::size_t>(code)] += pixels;
  return counts;
}

// Which codes become black and white; 0.5 and 99.5 percentile of counts, 0 and 65535 of display
// values.
struct RasterCase {
  const char* name;
  Codes counts;
  bool measured;
  int black, white;
  bool is_signed = false;
};

std::vector<RasterCase> raster_cases() {
  return {
      {"display_values", codes_of(900, 60000), false, 0, 65535},
      {"twelve_bit_counts", codes_of(1000, 1999), true, 1004, 1994},
      {"counts_with_a_hot_pixel", codes_of(1000, 1999, {{65535, 1}}), true, 1004, 1994},
      {"counts_with_a_marker", codes_of(1000, 1999, {{65535, 500}}), true, 1004, 1994},
      {"counts_with_a_dead_pixel", codes_of(10000, 10999, {{0, 1}}), true, 10004, 10994},
      {"fifteen_bits_with_a_hot_pixel", codes_of(5000, 30000, {{40000, 2}}), true, 5125, 29876},
      {"complements_of_counts", codes_of(62000, 62999), true, 62004, 62994},
      {"complements_with_a_marker", codes_of(62000, 62999, {{0, 500}}), true, 62004, 62994},
      {"counts_offset_for_their_sign", codes_of(33000, 33999), true, 33004, 33994},
      {"dark_picture_of_8_bits_saved_with_16", codes_of(0, 100 * 257, {}, 257), false, 0, 65535},
      {"signed_counts", codes_of(1000, 1999), true, 1004, 1994, true},
  };
}

class RasterRange : public testing::TestWithParam<RasterCase> {};

TEST_P(RasterRange, IsWhatThePictureUses) {
  GreyPipeline pipeline;
  pipeline.range = RangeRule::display_or_counts;
  pipeline.is_signed = GetParam().is_signed;
  const DisplayLut lut = build_display_lut(pipeline, GetParam().counts);
  EXPECT_EQ(lut.measured, GetParam().measured);
  const auto black = static_cast<std::size_t>(GetParam().black),
             white = static_cast<std::size_t>(GetParam().white);
  EXPECT_EQ(lut.values[black], 0);
  EXPECT_GT(lut.values[black + 1], 0);
  EXPECT_EQ(lut.values[white], 65535);
  EXPECT_LT(lut.values[white - 1], 65535);
}

INSTANTIATE_TEST_SUITE_P(Cases, RasterRange, testing::ValuesIn(raster_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(DisplayLut, CountsAreTurnedAfterTheirRangeIsKnown) {
  GreyPipeline pipeline;
  pipeline.range = RangeRule::display_or_counts;
  pipeline.invert = true;
  const DisplayLut lut = build_display_lut(pipeline, codes_of(1000, 1999));
  EXPECT_EQ(lut.values[1004], 65535);
  EXPECT_EQ(lut.values[1994], 0);
  EXPECT_EQ(lut.values[1499], 32768);
}

}  // namespace
}  // namespace cxrnet::imaging
