#include "cxrnet/pipeline/flag_rates.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace cxrnet::pipeline {
namespace {

EvaluatedImage answered(bool right, std::vector<Flag> flags, const char* patient) {
  EvaluatedImage image;
  image.prediction = {
      .probabilities = {0.7, 0.1, 0.1, 0.1}, .actual = right ? 0 : 3, .group = patient};
  image.flags = std::move(flags);
  return image;
}

const FlagRate& rate_named(const std::vector<FlagRate>& rates, std::string_view flag) {
  for (const auto& rate : rates) {
    if (rate.flag == flag) return rate;
  }
  static const FlagRate kNone;
  ADD_FAILURE() << flag;
  return kNone;
}

// Four right answers, one of them out of distribution; three wrong ones, two with a flag.
TEST(FlagRatesTest, CountsAmongRightAndAmongWrongAnswers) {
  const std::vector<EvaluatedImage> images{
      answered(true, {Flag::out_of_distribution, Flag::low_contrast}, "a"),
      answered(true, {}, "b"),
      answered(true, {}, "c"),
      answered(true, {}, "c"),
      answered(false, {Flag::out_of_distribution}, "d"),
      answered(false, {Flag::low_confidence}, "e"),
      answered(false, {}, "f")};
  const auto rates = flag_rates(images, /*thresholds=*/true, {.resamples = 50});
  const auto& distribution = rate_named(rates, "out_of_distribution");
  EXPECT_EQ(distribution.right.n, 4);
  EXPECT_EQ(distribution.right.flagged, 1);
  EXPECT_DOUBLE_EQ(*distribution.right.share.value, 0.25);
  EXPECT_EQ(distribution.wrong.n, 3);
  EXPECT_EQ(distribution.wrong.flagged, 1);
  EXPECT_DOUBLE_EQ(*distribution.wrong.share.value, 1.0 / 3.0);
  EXPECT_TRUE(distribution.wrong.share.interval);
  EXPECT_EQ(rate_named(rates, "low_contrast").wrong.flagged, 0);
  EXPECT_EQ(rates.back().flag, "any");
  EXPECT_EQ(rates.back().right.flagged, 1);  // two flags of one image are one image
  EXPECT_EQ(rates.back().wrong.flagged, 2);
  for (const char* flag : {"low_resolution", "unusual_lung_fraction", "low_confidence"})
    EXPECT_EQ(rate_named(rates, flag).right.flagged, 0) << flag;
}

// A model without thresholds never sets these flags: a share of 0 would look like a measurement.
TEST(FlagRatesTest, WhatAModelCannotFlagIsLeftOut) {
  for (const auto& rate :
       flag_rates({answered(true, {}, "a")}, /*thresholds=*/false, {.resamples = 5}))
    EXPECT_TRUE(rate.flag != "out_of_distribution" && rate.flag != "unusual_lung_fraction");
}

TEST(FlagRatesTest, JsonSaysWhyAShareIsUndefined) {
  const auto json =
      to_json(flag_rates({answered(true, {Flag::low_contrast}, "a"), answered(true, {}, "b")}, true,
                         {.resamples = 20}));
  const auto& rate = json["low_contrast"];
  EXPECT_EQ(rate["right"]["n"], 2);
  EXPECT_EQ(rate["right"]["flagged"], 1);
  EXPECT_EQ(rate["right"]["share"], 0.5);
  EXPECT_EQ(rate["right"]["interval"].size(), 2U);
  EXPECT_EQ(rate["wrong"],
            (nlohmann::json{
                {"n", 0}, {"flagged", 0}, {"share", nullptr}, {"undefined", "no such answer"}}));
}

}  // namespace
}  // namespace cxrnet::pipeline
