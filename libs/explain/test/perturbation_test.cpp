// Curves against judges whose answer to a partly removed image is known by hand.
#include "cxrnet/explain/perturbation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "error_matchers.h"

namespace cxrnet::explain {
namespace {

constexpr int64_t kSide = 32;  // blocks of 2 x 2 pixels

at::Tensor white(int64_t n = 1) { return at::ones({n, 1, kSide, kSide}); }

// The pixels of block number b, counted row by row in the 16 x 16 grid, are 1.
at::Tensor block_mask(const std::vector<int64_t>& blocks) {
  auto mask = at::zeros({1, 1, kSide, kSide});
  for (const auto b : blocks) {
    mask.slice(2, b / 16 * 2, b / 16 * 2 + 2).slice(3, b % 16 * 2, b % 16 * 2 + 2).fill_(1);
  }
  return mask;
}

// Sees nothing but the mean of the patch, which is its logit for class 1; class 0 has 0.
Classifier looks_at(const at::Tensor& patch, double gain = 1.0) {
  return [patch, gain](const at::Tensor& image) {
    const auto seen = gain * (image * patch).flatten(1).sum(1) / patch.sum();
    return at::stack({at::zeros_like(seen), seen}, 1);
  };
}

// Block b of the grid has heat 1 − b / 255: the rank of each block is its number.
at::Tensor heat_by_number() {
  return (1 - at::arange(256, at::kFloat) / 255)
      .view({1, 1, 16, 16})
      .repeat_interleave(2, 2)
      .repeat_interleave(2, 3);
}

at::Tensor ask_for(int64_t label, int64_t n = 1) { return at::full({n}, label, at::kLong); }

void expect_curve(const at::Tensor& curves, const std::vector<double>& expected) {
  ASSERT_EQ(curves.sizes().vec(), (std::vector<int64_t>{1, static_cast<int64_t>(expected.size())}));
  for (std::size_t k = 0; k < expected.size(); ++k) {
    EXPECT_NEAR(curves[0][static_cast<int64_t>(k)].item<double>(), expected[k], 1e-6)
        << "level " << k;
  }
}

CurveOptions logit_curve(RemovalForm form) {
  return {.form = form, .imputation = Imputation::zero, .score = Score::logit};
}

// Blocks 30 and 100. Ten levels remove 26, 51, 77, 102, 128, 154, 179, 205, 230, 256 blocks: block
// 30 goes at level 2, block 100 at level 4. From the dark end they are the 226th and the 156th:
// they go at levels 9 and 7.
struct HandRow {
  const char* name;
  RemovalForm form;
  RemovalOrder order;
  bool insertion;
  std::vector<double> curve;
};
class HandCurveTest : public testing::TestWithParam<HandRow> {};

TEST_P(HandCurveTest, IsTheKnownCurve) {
  const auto& row = GetParam();
  auto options = logit_curve(row.form);
  options.order = row.order;
  options.insertion = row.insertion;
  expect_curve(perturbation_curves(looks_at(block_mask({30, 100})), white(), heat_by_number(),
                                   ask_for(1), options),
               row.curve);
}

constexpr auto kMost = RemovalOrder::most_relevant_first;
constexpr auto kLeast = RemovalOrder::least_relevant_first;
const std::vector<double> kFall{1, 1, .5, .5, 0, 0, 0, 0, 0, 0, 0};
const std::vector<double> kRise{0, 0, .5, .5, 1, 1, 1, 1, 1, 1, 1};
const std::vector<double> kLateFall{1, 1, 1, 1, 1, 1, 1, .5, .5, 0, 0};
const std::vector<double> kLateRise{0, 0, 0, 0, 0, 0, 0, .5, .5, 1, 1};

// Every pixel of a block has the block's heat, so that in this map the forms agree (but for the
// last block of a level, of which the rank form may take a part). Threshold: block 30 has heat
// 0.882 and goes at x = 0.2, block 100 has 0.608 and goes at x = 0.4.
INSTANTIATE_TEST_SUITE_P(
    All, HandCurveTest,
    testing::Values(HandRow{"Block", RemovalForm::block, kMost, false, kFall},
                    HandRow{"BlockInserted", RemovalForm::block, kMost, true, kRise},
                    HandRow{"BlockDarkFirst", RemovalForm::block, kLeast, false, kLateFall},
                    HandRow{"BlockDarkFirstInserted", RemovalForm::block, kLeast, true, kLateRise},
                    HandRow{"Rank", RemovalForm::rank, kMost, false, kFall},
                    HandRow{"RankInserted", RemovalForm::rank, kMost, true, kRise},
                    HandRow{"RankDarkFirst", RemovalForm::rank, kLeast, false, kLateFall},
                    HandRow{"Threshold", RemovalForm::threshold, kMost, false, kFall},
                    HandRow{"ThresholdInserted", RemovalForm::threshold, kMost, true, kRise},
                    HandRow{"ThresholdDarkFirst", RemovalForm::threshold, kLeast, false,
                            kLateFall}),
    [](const auto& row) { return row.param.name; });

// One level more or less must not hide in the areas: by hand from kFall.
TEST(Areas, AreThoseOfTheKnownCurve) {
  const auto curve = at::tensor(kFall, at::kDouble).unsqueeze(0);
  EXPECT_NEAR(aoppc(curve).item<double>(), (0 + .5 + .5 + 7 * 1) / 10, 1e-12);
  EXPECT_NEAR(area_under(curve).item<double>(), (.5 + 1 + .5 + .5) / 10, 1e-12);
  EXPECT_NEAR(area_over(curve).item<double>(), 1 - .25, 1e-12);
  EXPECT_NEAR(normalised_aoppc(curve).value.value(), .8, 1e-12);
}

// A map that finds the evidence makes the curve fall early: a large area over it, a small one under
// it. Taking one for the other would turn the ranking of the two orders round.
TEST(Areas, OverIsNotUnder) {
  const auto early = at::tensor(kFall, at::kDouble).unsqueeze(0);
  const auto late = at::tensor(kLateFall, at::kDouble).unsqueeze(0);
  EXPECT_GT(aoppc(early).item<double>(), aoppc(late).item<double>() + 0.3);
  EXPECT_GT(area_over(early).item<double>(), area_over(late).item<double>() + 0.3);
  EXPECT_LT(area_under(early).item<double>(), area_under(late).item<double>() - 0.3);
  // From p(0) = 0.6: over and under do not add up to 1 but to p(0).
  EXPECT_NEAR(area_over(0.6 * early).item<double>() + area_under(0.6 * early).item<double>(), 0.6,
              1e-12);
}

TEST(Areas, TheNormalisedFormIsTheShareOfTheReachableDrop) {
  // Two images that fall by 0.4 and 0.1 in all; half of it at once, the rest at the last level.
  const auto curves = at::tensor({.9, .7, .5, .6, .55, .5}, at::kDouble).view({2, 3});
  EXPECT_NEAR(normalised_aoppc(curves).value.value(), (.3 + .075) / (.4 + .1), 1e-12);
  const std::vector<int32_t> weights{2, 0};
  EXPECT_NEAR(normalised_aoppc(curves, weights).value.value(), .75, 1e-12);
  const auto rising = at::tensor({.2, .5, .9}, at::kDouble).view({1, 3});
  EXPECT_FALSE(normalised_aoppc(rising).value);
  EXPECT_NE(normalised_aoppc(rising).undefined.find("does not lower"), std::string::npos);
  EXPECT_EQ(normalised_aoppc(at::empty({0, 3})).undefined, "no images");
}

// p of class 1 is s / (1 + s) with s = e^gain·mean, of class 0 it is 1 / (1 + s).
TEST(PerturbationCurves, SoftmaxIsTheProbabilityOfTheTarget) {
  auto options = logit_curve(RemovalForm::block);
  options.score = Score::softmax;
  const auto judge = looks_at(block_mask({30, 100}), 3.0);
  const auto p = [](double mean) { return 1 / (1 + std::exp(-3 * mean)); };
  std::vector<double> of_one;
  std::vector<double> of_zero;
  for (const double mean : kFall) {
    of_one.push_back(p(mean));
    of_zero.push_back(1 - p(mean));
  }
  expect_curve(perturbation_curves(judge, white(), heat_by_number(), ask_for(1), options), of_one);
  expect_curve(perturbation_curves(judge, white(), heat_by_number(), ask_for(0), options), of_zero);
}

// Why the threshold form is unfair: a map that is bright everywhere names nothing, yet loses the
// patch at the first level, like the map that names just the patch. At equal areas it does not.
TEST(PerturbationCurves, TheThresholdFormRewardsAMapThatIsBrightEverywhere) {
  const auto patch = block_mask({3, 30, 77, 100, 128, 150, 201, 240});
  const auto bright = at::full({1, 1, kSide, kSide}, 0.97F);
  const auto score = [&](const at::Tensor& heat, RemovalForm form) {
    return aoppc(perturbation_curves(looks_at(patch), white(), heat, ask_for(1), logit_curve(form)))
        .item<double>();
  };
  EXPECT_DOUBLE_EQ(score(patch, RemovalForm::threshold), 1.0);
  EXPECT_DOUBLE_EQ(score(bright, RemovalForm::threshold), 1.0);
  for (const auto fair : {RemovalForm::rank, RemovalForm::block}) {
    EXPECT_DOUBLE_EQ(score(patch, fair), 1.0);
    EXPECT_LT(score(bright, fair), 0.85);
  }
}

// Each image has its own heat, target and curve, whatever the batch.
TEST(PerturbationCurves, DoNotDependOnTheBatch) {
  at::manual_seed(3);
  const auto image = at::rand({9, 1, kSide, kSide});
  const auto heat = at::rand({9, 1, kSide, kSide});
  const auto target = at::tensor({0, 1, 1, 0, 1, 0, 0, 1, 1}, at::kLong);
  const auto judge = looks_at(block_mask({1, 50, 77, 200}), 2.0);
  for (const auto imputation : {Imputation::zero, Imputation::blur, Imputation::road}) {
    CurveOptions options{.imputation = imputation, .batch_size = 32};
    const auto together = perturbation_curves(judge, image, heat, target, options);
    options.batch_size = 4;
    EXPECT_TRUE(at::allclose(perturbation_curves(judge, image, heat, target, options), together));
    if (imputation == Imputation::road) continue;  // its noise belongs to the place in the set
    for (int64_t i = 0; i < 9; ++i) {
      const auto alone =
          perturbation_curves(judge, image.slice(0, i, i + 1), heat.slice(0, i, i + 1),
                              target.slice(0, i, i + 1), options);
      EXPECT_TRUE(at::allclose(alone[0], together[i])) << i;
    }
  }
}

// What is the same state is judged once: the whole image, levels at which nothing goes, black.
TEST(PerturbationCurves, JudgeNoStateTwice) {
  int64_t judged = 0;
  const auto patch = block_mask({30});
  const Classifier counting = [&](const at::Tensor& image) {
    judged += image.size(0);
    return looks_at(patch)(image);
  };
  const auto bright = at::full({3, 1, kSide, kSide}, 0.97F);
  perturbation_curves(counting, white(3), bright, ask_for(1, 3),
                      logit_curve(RemovalForm::threshold));
  EXPECT_EQ(judged, 3 + 1);  // three whole images, one black one
  judged = 0;
  const auto curves = perturbation_curves(counting, white(3), patch.expand_as(bright),
                                          ask_for(1, 3), logit_curve(RemovalForm::threshold));
  EXPECT_EQ(judged, 3 + 3 + 1);  // and the three without their patch
  EXPECT_NEAR(curves.slice(1, 1).abs().max().item<double>(), 0.0, 1e-12);
  judged = 0;
  perturbation_curves(counting, white(3), at::rand({3, 1, kSide, kSide}), ask_for(1, 3),
                      CurveOptions{});
  EXPECT_EQ(judged, 3 * 11);
}

TEST(PerturbationCurves, NoImagesGiveNoCurves) {
  const auto none = at::empty({0, 1, kSide, kSide});
  const auto curves = perturbation_curves(looks_at(block_mask({1})), none, none,
                                          at::empty({0}, at::kLong), CurveOptions{});
  EXPECT_EQ(curves.sizes().vec(), (std::vector<int64_t>{0, 11}));
}

TEST(PerturbationCurves, RefuseWhatDoesNotFit) {
  const auto run = [&](const at::Tensor& image, const at::Tensor& target, const Classifier& judge,
                       const CurveOptions& options) {
    return caught([&] { perturbation_curves(judge, image, heat_by_number(), target, options); })
        .code;
  };
  const auto judge = looks_at(block_mask({1}));
  EXPECT_EQ(run(at::ones({1, 1, 31, kSide}), ask_for(1), judge, {}), ErrorCode::invalid_shape);
  EXPECT_EQ(run(white(), ask_for(1, 2), judge, {}), ErrorCode::invalid_shape);
  EXPECT_EQ(run(white(), ask_for(2), judge, {}), ErrorCode::invalid_option);
  EXPECT_EQ(run(white(), ask_for(-1), judge, {}), ErrorCode::invalid_option);
  EXPECT_EQ(run(white(), ask_for(1), judge, {.batch_size = 0}), ErrorCode::invalid_option);
  EXPECT_EQ(run(white(), ask_for(1), judge, {.levels = 0}), ErrorCode::invalid_option);
  const Classifier short_answer = [](const at::Tensor&) { return at::zeros({0, 2}); };
  EXPECT_EQ(run(white(), ask_for(1), short_answer, {}), ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::explain
