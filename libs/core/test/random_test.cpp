#include "cxrnet/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>

namespace cxrnet {
namespace {

// The published outputs of Vigna's splitmix64.c for the seed 1234567.
TEST(Random, IsSplitMix64) {
  Random random(1234567);
  for (const uint64_t expected :
       {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
        4593380528125082431ULL, 16408922859458223821ULL}) {
    EXPECT_EQ(random.bits(), expected);
  }
}

TEST(Random, SameSeedSameNumbers) {
  Random first(7), second(7), other(8);
  const auto draw = [](Random& random) {
    return std::array{random.uniform(), random.normal(), random.gamma(0.3), random.beta(2, 3)};
  };
  const auto numbers = draw(first);
  EXPECT_EQ(numbers, draw(second));
  EXPECT_NE(numbers, draw(other));
}

TEST(DeriveSeed, DependsOnEveryPartAndTheirOrder) {
  std::set<uint64_t> seeds{derive_seed({}), derive_seed({0}), derive_seed({0, 0}),
                           derive_seed({0, 0, 0})};
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    for (uint64_t epoch = 1; epoch <= 10; ++epoch) {
      for (uint64_t sample = 1; sample <= 10; ++sample)
        seeds.insert(derive_seed({seed, epoch, sample}));
    }
  }
  EXPECT_EQ(seeds.size(), 1004u);
  EXPECT_EQ(derive_seed({1, 2}), derive_seed({1, 2}));
}

// Streams of neighbouring samples must not be shifted copies of one another.
TEST(DeriveSeed, GivesStreamsThatShareNoNumbers) {
  std::set<uint64_t> numbers;
  for (uint64_t sample = 0; sample < 50; ++sample) {
    Random random(derive_seed({1, 0, sample}));
    for (int i = 0; i < 50; ++i) numbers.insert(random.bits());
  }
  EXPECT_EQ(numbers.size(), 2500u);
}

struct Moments {
  double mean, variance, lowest, highest;
};

Moments measure(const std::function<double(Random&)>& draw, int count = 200'000) {
  Random random(11);
  double sum = 0, squares = 0, lowest = INFINITY, highest = -INFINITY;
  for (int i = 0; i < count; ++i) {
    const double value = draw(random);
    sum += value;
    squares += value * value;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  const double mean = sum / count;
  return {mean, squares / count - mean * mean, lowest, highest};
}

// Means and variances of the laws in closed form; the tolerance is five standard errors or more.
TEST(Random, HasTheMomentsOfItsLaws) {
  struct Row {
    const char* name;
    std::function<double(Random&)> draw;
    double mean, variance, tolerance;
  };
  const Row rows[] = {
      {"uniform", [](Random& r) { return r.uniform(); }, 0.5, 1.0 / 12, 0.004},
      {"uniform -1..3", [](Random& r) { return r.uniform(-1, 3); }, 1.0, 16.0 / 12, 0.015},
      {"normal", [](Random& r) { return r.normal(); }, 0.0, 1.0, 0.017},
      {"gamma 0.5", [](Random& r) { return r.gamma(0.5); }, 0.5, 0.5, 0.025},
      {"gamma 4", [](Random& r) { return r.gamma(4); }, 4.0, 4.0, 0.1},
      {"beta 2 3", [](Random& r) { return r.beta(2, 3); }, 0.4, 0.04, 0.003},
      {"beta 0.4 0.4", [](Random& r) { return r.beta(0.4, 0.4); }, 0.5, 0.25 / 1.8, 0.005},
  };
  for (const auto& row : rows) {
    const auto got = measure(row.draw);
    EXPECT_NEAR(got.mean, row.mean, row.tolerance) << row.name;
    EXPECT_NEAR(got.variance, row.variance, row.tolerance) << row.name;
  }
}

TEST(Random, KeepsToItsBounds) {
  const auto uniform = measure([](Random& r) { return r.uniform(); });
  EXPECT_GE(uniform.lowest, 0.0);
  EXPECT_LT(uniform.highest, 1.0);
  const auto beta = measure([](Random& r) { return r.beta(0.01, 0.01); }, 20'000);
  EXPECT_GE(beta.lowest, 0.0);
  EXPECT_LE(beta.highest, 1.0);
  const auto gamma = measure([](Random& r) { return r.gamma(0.01); }, 20'000);
  EXPECT_GE(gamma.lowest, 0.0);
  EXPECT_TRUE(std::isfinite(gamma.highest));
}

// P(|Z| < 1, 2, 3) of the normal law.
TEST(Random, NormalHasNormalTails) {
  Random random(3);
  constexpr int kDraws = 200'000;
  std::array<int, 3> inside{};
  for (int i = 0; i < kDraws; ++i) {
    const double size = std::abs(random.normal());
    for (int k = 0; k < 3; ++k) inside[k] += size < k + 1;
  }
  EXPECT_NEAR(inside[0] / double{kDraws}, 0.6827, 0.006);
  EXPECT_NEAR(inside[1] / double{kDraws}, 0.9545, 0.003);
  EXPECT_NEAR(inside[2] / double{kDraws}, 0.9973, 0.001);
}

TEST(Random, IndexIsUniform) {
  Random random(5);
  constexpr int kSides = 7, kDraws = 70'000;
  std::array<int, kSides> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.index(kSides));
  for (const int count : counts)
    EXPECT_NEAR(count, double{kDraws} / kSides, 500);  // 5.4 standard errors
  EXPECT_EQ(random.index(1), 0u);
}

TEST(Random, PermutationHoldsEveryIndexOnceInUniformOrder) {
  Random random(9);
  std::array<int, 4> first_place{}, last_place{};
  constexpr int kDraws = 40'000;
  for (int i = 0; i < kDraws; ++i) {
    auto order = random.permutation(4);
    ++first_place.at(order.front());
    ++last_place.at(order.back());
    std::sort(order.begin(), order.end());
    ASSERT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3}));
  }
  for (const int count : first_place) EXPECT_NEAR(count, kDraws / 4.0, 450);
  for (const int count : last_place) EXPECT_NEAR(count, kDraws / 4.0, 450);
  EXPECT_TRUE(random.permutation(0).empty());
}

}  // namespace
}  // namespace cxrnet
