#include "cxrnet/metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"

namespace cxrnet::metrics {
namespace {

struct Sample {
  std::vector<double> values;
  std::vector<std::string> groups;
};

Measure mean_of(const std::vector<double>& values) {
  return [&values](std::span<const int32_t> weights) {
    const double sum = std::inner_product(values.begin(), values.end(), weights.begin(), 0.0);
    return std::vector<Figure>{
        ratio(sum, std::accumulate(weights.begin(), weights.end(), 0.0), "no images")};
  };
}

Interval interval_of(const Sample& sample, const BootstrapOptions& options = {}) {
  return bootstrap(mean_of(sample.values), sample.groups, options).front().interval.value();
}

double width(const Interval& interval) { return interval.high - interval.low; }

std::string patient(std::size_t number) { return "patient-" + std::to_string(number); }

// One image per patient, right with probability 0.8: values 0 and 1.
Sample answers(uint64_t seed, std::size_t patients) {
  Random random(seed);
  Sample sample;
  for (std::size_t i = 0; i < patients; ++i) {
    sample.values.push_back(random.uniform() < 0.8 ? 1.0 : 0.0);
    sample.groups.push_back(patient(i));
  }
  return sample;
}

Sample repeat_images(const Sample& sample, int times) {
  Sample repeated;
  for (int i = 0; i < times; ++i) {
    repeated.values.insert(repeated.values.end(), sample.values.begin(), sample.values.end());
    repeated.groups.insert(repeated.groups.end(), sample.groups.begin(), sample.groups.end());
  }
  return repeated;
}

TEST(PercentileInterval, InterpolatesBetweenOrderStatistics) {
  struct Row {
    std::vector<double> values;
    double confidence, low, high;
  };
  const Row rows[] = {
      {{3, 1, 5, 2, 4}, 0.5, 2, 4},
      {{1, 2, 3, 4}, 0.5, 1.75, 3.25},
      {{7}, 0.95, 7, 7},
      {{0, 1}, 0.9, 0.05, 0.95},
  };
  for (const auto& row : rows) {
    const auto interval = percentile_interval(row.values, row.confidence).value();
    EXPECT_NEAR(interval.low, row.low, 1e-14);
    EXPECT_NEAR(interval.high, row.high, 1e-14);
  }
  EXPECT_FALSE(percentile_interval({}, 0.95));
}

TEST(Bootstrap, GivesTheFiguresOfTheSampleItself) {
  const Sample sample{{1, 2, 6}, {"a", "b", "b"}};
  EXPECT_DOUBLE_EQ(bootstrap(mean_of(sample.values), sample.groups).front().value.value(), 3.0);
}

// Σ weights over groups is the number of groups, and a patient's images stay together.
TEST(Bootstrap, DrawsWholePatients) {
  const std::vector<std::string> groups{"a", "b", "a", "c", "b", "a"};
  int draws = 0, broken = 0, without_a = 0;
  const Measure inspect = [&](std::span<const int32_t> w) {
    ++draws;
    broken += w[0] != w[2] || w[0] != w[5] || w[1] != w[4] || w[0] + w[1] + w[3] != 3;
    without_a += w[0] == 0;
    return std::vector<Figure>{};
  };
  bootstrap(inspect, groups, {.resamples = 3000});
  EXPECT_EQ(draws, 3001);
  EXPECT_EQ(broken, 0);
  EXPECT_NEAR(without_a / 3000.0, 8.0 / 27, 0.04);  // (2/3)^3
}

// The mean's standard error in closed form: half the width is 1.96 sd / √n.
TEST(Bootstrap, AgreesWithTheNormalIntervalOfAMean) {
  Random random(3);
  Sample sample;
  double sum = 0, squares = 0;
  constexpr std::size_t kPatients = 400;
  for (std::size_t i = 0; i < kPatients; ++i) {
    sample.values.push_back(random.normal());
    sample.groups.push_back(patient(i));
    sum += sample.values.back();
    squares += sample.values.back() * sample.values.back();
  }
  const double mean = sum / kPatients;
  const double error = std::sqrt((squares / kPatients - mean * mean) / kPatients);
  const auto interval = interval_of(sample, {.resamples = 10'000});
  EXPECT_NEAR(interval.low, mean - 1.96 * error, 0.1 * error);
  EXPECT_NEAR(interval.high, mean + 1.96 * error, 0.1 * error);
}

// Patients of three images that agree with each other; 95 % intervals must hold the truth about 95
// times in 100.
TEST(Bootstrap, CoversTheTruth) {
  constexpr int kTrials = 400;
  int covered = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto sample = repeat_images(answers(1000 + trial, 80), 3);
    const auto interval = interval_of(sample, {.resamples = 400});
    covered += interval.low <= 0.8 && 0.8 <= interval.high;
  }
  EXPECT_GE(covered, kTrials * 0.91);
  EXPECT_LE(covered, kTrials * 0.985);
}

// Copies of images add no information: by patient the interval stays what it was, to the last bit.
TEST(Bootstrap, ByPatientIsBlindToCopiesOfImages) {
  const auto sample = answers(5, 100);
  const auto single = interval_of(sample);
  const auto copied = interval_of(repeat_images(sample, 4));
  EXPECT_EQ(copied.low, single.low);
  EXPECT_EQ(copied.high, single.high);
}

// By image, four copies would pass for four times the evidence: half the width.
TEST(Bootstrap, ByImageIsFooledByCopiesOfImages) {
  auto copied = repeat_images(answers(5, 100), 4);
  const double by_patient = width(interval_of(copied));
  for (std::size_t i = 0; i < copied.groups.size(); ++i) copied.groups[i] = patient(i);
  const double by_image = width(interval_of(copied));
  EXPECT_LT(by_image, by_patient);
  EXPECT_NEAR(by_image / by_patient, 0.5, 0.06);
}

TEST(Bootstrap, IgnoresTheOrderOfTheImages) {
  auto sample = repeat_images(answers(6, 50), 2);
  for (std::size_t i = 0; i < 20; ++i) sample.values[i] = 0.5;  // copies differ
  const auto expected = interval_of(sample);
  Sample shuffled;
  for (const std::size_t i : Random(8).permutation(sample.values.size())) {
    shuffled.values.push_back(sample.values[i]);
    shuffled.groups.push_back(sample.groups[i]);
  }
  EXPECT_EQ(interval_of(shuffled).low, expected.low);
  EXPECT_EQ(interval_of(shuffled).high, expected.high);
}

TEST(Bootstrap, DependsOnItsSeedAlone) {
  Random random(1);
  Sample sample;
  for (std::size_t i = 0; i < 30; ++i) {
    sample.values.push_back(random.normal());
    sample.groups.push_back(patient(i));
  }
  EXPECT_EQ(interval_of(sample, {.seed = 3}).low, interval_of(sample, {.seed = 3}).low);
  EXPECT_NE(interval_of(sample, {.seed = 3}).low, interval_of(sample, {.seed = 4}).low);
}

TEST(Bootstrap, WidensWithTheConfidence) {
  const auto sample = answers(7, 60);
  EXPECT_LT(width(interval_of(sample, {.confidence = 0.5})),
            width(interval_of(sample, {.confidence = 0.95})));
}

TEST(Bootstrap, GivesNoIntervalWhereItHasNone) {
  const std::vector<double> values{1, 2, 3};
  const auto has_interval = [&](const Measure& measure, const std::vector<std::string>& groups,
                                int64_t resamples) {
    return bootstrap(measure, groups, {.resamples = resamples}).front().interval.has_value();
  };
  const Measure mean = mean_of(values);
  EXPECT_TRUE(has_interval(mean, {"a", "b", "b"}, 100));
  EXPECT_FALSE(has_interval(mean, {"a", "a", "a"}, 100)) << "one patient";
  EXPECT_FALSE(has_interval(mean, {"a", "b", "c"}, 0)) << "no draws";
  const auto defined_up_to = [](int32_t least, int32_t most) {
    return [=](std::span<const int32_t> w) {
      const bool fits = w[0] >= least && w[0] <= most;
      return std::vector<Figure>{fits ? defined(w[0]) : undefined("another weight")};
    };
  };
  EXPECT_TRUE(has_interval(defined_up_to(0, 1), {"a", "b", "c"}, 2000)) << "20/27 of the draws";
  EXPECT_FALSE(has_interval(defined_up_to(1, 1), {"a", "b", "c"}, 2000)) << "12/27 of the draws";
  EXPECT_FALSE(has_interval(defined_up_to(2, 9), {"a", "b", "c"}, 2000)) << "undefined figure";
}

TEST(Bootstrap, RefusesOptionsOutOfRange) {
  const std::vector<double> values{1, 2};
  const BootstrapOptions rows[] = {
      {.resamples = -1}, {.confidence = 0.0}, {.confidence = 1.0}, {.seed = -1}};
  for (const auto& options : rows) {
    EXPECT_THROW(bootstrap(mean_of(values), {"a", "b"}, options), Error);
  }
}

// What all images share cancels in pairs: a model that is better by 0.1 on each is better by 0.1 in
// every draw.
TEST(PairedDifference, CancelsWhatBothModelsShare) {
  Random random(2);
  std::vector<double> a, b;
  std::vector<std::string> groups;
  for (std::size_t i = 0; i < 40; ++i) {
    b.push_back(random.uniform());
    a.push_back(b.back() + 0.1);
    groups.push_back(patient(i / 2));
  }
  const auto difference = paired_difference(a, b, groups);
  EXPECT_NEAR(difference.value.value(), 0.1, 1e-12);
  EXPECT_NEAR(difference.interval.value().low, 0.1, 1e-12);
  EXPECT_NEAR(difference.interval.value().high, 0.1, 1e-12);
  EXPECT_NEAR(paired_difference(b, a, groups).value.value(), -0.1, 1e-12);
}

// Each model alone right on half of the images: the difference is 0, its standard error 1 / √n.
TEST(PairedDifference, AgreesWithTheNormalIntervalOfADifference) {
  std::vector<double> a, b;
  std::vector<std::string> groups;
  for (std::size_t i = 0; i < 400; ++i) {
    a.push_back(i % 2 == 0 ? 1.0 : 0.0);
    b.push_back(1.0 - a.back());
    groups.push_back(patient(i));
  }
  const auto difference = paired_difference(a, b, groups, {.resamples = 10'000});
  EXPECT_EQ(difference.value, 0.0);
  EXPECT_NEAR(difference.interval.value().low, -1.96 / 20, 0.006);
  EXPECT_NEAR(difference.interval.value().high, 1.96 / 20, 0.006);
}

TEST(PairedDifference, IsUndefinedWithoutImagesAndRefusesUnequalOnes) {
  EXPECT_EQ(paired_difference({}, {}, {}).undefined, "no images");
  EXPECT_THROW(paired_difference({1}, {1, 0}, {"a", "b"}), Error);
  EXPECT_THROW(paired_difference({1, 0}, {1, 0}, {"a"}), Error);
}

TEST(CountGroups, CountsDifferentNames) {
  EXPECT_EQ(count_groups({"a", "b", "a", ""}), 3);
  EXPECT_EQ(count_groups({}), 0);
}

}  // namespace
}  // namespace cxrnet::metrics
