#include "cxrnet/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "error_matchers.h"

namespace cxrnet::train {
namespace {

struct Row {
  const char* name;
  Decay decay;
  int64_t step, steps, warmup;
  double expected;  // by hand, from learning rate 1e-2 to 1e-4
};

class ScheduleTest : public testing::TestWithParam<Row> {};

TEST_P(ScheduleTest, HasTheValueWorkedOutByHand) {
  const auto& row = GetParam();
  const ScheduleOptions options{
      .learning_rate = 1e-2, .final_learning_rate = 1e-4, .decay = row.decay, .warmup_epochs = 0};
  EXPECT_NEAR(learning_rate_at(options, row.step, row.steps, row.warmup), row.expected, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(
    All, ScheduleTest,
    testing::Values(Row{"ConstantStart", Decay::constant, 0, 101, 0, 1e-2},
                    Row{"ConstantEnd", Decay::constant, 100, 101, 0, 1e-2},
                    Row{"ExponentialStart", Decay::exponential, 0, 101, 0, 1e-2},
                    Row{"ExponentialMiddle", Decay::exponential, 50, 101, 0, 1e-3},
                    Row{"ExponentialEnd", Decay::exponential, 100, 101, 0, 1e-4},
                    Row{"CosineMiddle", Decay::cosine, 50, 101, 0, (1e-2 + 1e-4) / 2},
                    Row{"CosineEnd", Decay::cosine, 100, 101, 0, 1e-4},
                    Row{"BeyondTheEnd", Decay::cosine, 500, 101, 0, 1e-4},
                    Row{"WarmUpFirst", Decay::cosine, 0, 111, 10, 1e-3},
                    Row{"WarmUpLast", Decay::cosine, 9, 111, 10, 1e-2},
                    Row{"AfterWarmUp", Decay::exponential, 60, 111, 10, 1e-3}),
    [](const auto& row) { return row.param.name; });

TEST(ScheduleTest, AnUnknownNameListsTheValidOnes) {
  const auto error = caught([] { parse_enum<Decay>("linear", "decay"); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("constant, exponential, cosine"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet::train
