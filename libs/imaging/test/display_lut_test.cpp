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

std::vector<bool> all_used(int bits) { return std::vector<bool>(std::size_t{1} << bits, true); }

TEST(DisplayLut, WithoutVoiTheUsedCodesSpanBlackToWhite) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 3;
  std::vector<bool> used(8);
  used[2] = used[4] = used[6] = true;
  const auto lut = build_display_lut(pipeline, used);
  EXPECT_EQ(lut, (std::vector<uint16_t>{0, 0, 0, 16384, 32768, 49151, 65535, 65535}));
}

TEST(DisplayLut, SignedCodesAreTwosComplement) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.is_signed = true;  // codes 0, 1, 2, 3 stand for 0, 1, −2, −1
  EXPECT_EQ(build_display_lut(pipeline, all_used(2)),
            (std::vector<uint16_t>{43690, 65535, 0, 21845}));
}

TEST(DisplayLut, InversionComesLastAndLeavesPaddingBlack) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.padding = Padding{0, 0};
  pipeline.invert = true;
  // Padding does not set the range: 1 … 3 spans it.
  EXPECT_EQ(build_display_lut(pipeline, all_used(2)), (std::vector<uint16_t>{0, 65535, 32768, 0}));
}

TEST(DisplayLut, RescaleComesBeforeTheWindow) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.modality = Rescale{10.0, -10.0};                        // −10, 0, 10, 20
  pipeline.voi = Window{5.0, 30.0, WindowFunction::linear_exact};  // −10 … 20
  EXPECT_EQ(build_display_lut(pipeline, all_used(2)),
            (std::vector<uint16_t>{0, 21845, 43690, 65535}));
}

TEST(DisplayLut, NegativeSlopeTurnsTheOrder) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 1;
  pipeline.modality = Rescale{-1.0, 0.0};
  EXPECT_EQ(build_display_lut(pipeline, all_used(1)), (std::vector<uint16_t>{65535, 0}));
}

TEST(DisplayLut, TablesHoldTheirEndValuesOutside) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  pipeline.voi = LookupTable{1, 4, {3, 15}};  // first entry for value 1, four bits
  EXPECT_EQ(build_display_lut(pipeline, all_used(2)),
            (std::vector<uint16_t>{13107, 13107, 65535, 65535}));
}

TEST(DisplayLut, UniformImageDoesNotDivideByZero) {
  GreyPipeline pipeline;
  pipeline.stored_bits = 2;
  std::vector<bool> used(4);
  used[2] = true;
  EXPECT_EQ(build_display_lut(pipeline, used).size(), 4u);
}

}  // namespace
}  // namespace cxrnet::imaging
