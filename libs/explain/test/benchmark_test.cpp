#include "cxrnet/explain/benchmark.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/explain/judge.h"
#include "cxrnet/nn/cxr_net.h"
#include "error_matchers.h"

namespace cxrnet::explain {
namespace {

constexpr int64_t kSide = 32;

// The left half is 1 and all that the judge sees; its logit for class 1 is the mean there.
at::Tensor left_half() {
  auto half = at::zeros({1, 1, kSide, kSide});
  half.slice(3, 0, kSide / 2).fill_(1);
  return half;
}

at::Tensor judge_left(const at::Tensor& image) {
  const auto seen = image.slice(3, 0, kSide / 2).mean({1, 2, 3});
  return at::stack({at::zeros_like(seen), seen}, 1);
}

BenchmarkCases cases(int64_t n) {
  BenchmarkCases result{.image = left_half().repeat({n, 1, 1, 1}),
                        .target = at::ones({n}, at::kLong),
                        .lungs = at::zeros({n, 1, kSide, kSide}),
                        .groups = {}};
  result.lungs.slice(3, 0, kSide / 4).fill_(1);
  for (int64_t i = 0; i < n; ++i) result.groups.push_back("patient " + std::to_string(i / 2));
  return result;
}

BenchmarkOptions black_logits() { return {.imputation = Imputation::zero, .score = Score::logit}; }

// Heat is the left half itself: half of the blocks, so that the mean falls by 0.2 a level to 0 at
// half of the area, in every equal-area form; the threshold form takes all of it at once.
TEST(Benchmark, MeasuresAreTheKnownOnes) {
  const auto given = cases(3);
  const auto heat = given.image;
  const auto measures = measure(judge_left, heat, given, black_logits());
  const double by_levels = (.2 + .4 + .6 + .8 + 6) / 10;
  for (int64_t n = 0; n < 3; ++n) {
    EXPECT_NEAR(measures.aoppc_threshold[n].item<double>(), 1.0, 1e-6);
    EXPECT_NEAR(measures.aoppc_rank[n].item<double>(), by_levels, 2e-3);      // whole pixels
    EXPECT_NEAR(measures.aoppc_block[n].item<double>(), by_levels, 5e-3);     // whole blocks
    EXPECT_NEAR(measures.deletion[n].item<double>(), by_levels - .05, 5e-3);  // trapezoids
    EXPECT_NEAR(measures.insertion[n].item<double>(), by_levels - .05, 5e-3);
    EXPECT_NEAR(measures.p_whole[n].item<double>(), 1.0, 1e-6);
    EXPECT_NEAR(measures.p_full_removal[n].item<double>(), 0.0, 1e-6);
    EXPECT_NEAR(measures.inside_lung[n].item<double>(), 0.5, 1e-6);
  }
  EXPECT_EQ(measures.ppc_block.sizes().vec(), (std::vector<int64_t>{3, 11}));
  EXPECT_GT(measures.images_per_second, 0.0);
  // With the darkest part first nothing falls before half of the area: worse in every measure.
  const auto wrong = measure(judge_left, 1 - heat, given, black_logits());
  EXPECT_LT(wrong.deletion.max().item<double>(), 0.3);
  EXPECT_LT(wrong.insertion.max().item<double>(), 0.3);
}

// A map of one value everywhere counts: its blocks go in the order of chance, nothing of it is
// inside, and the summary says how many such maps there were.
TEST(Benchmark, DeadMapsCountAsChanceAndAsMisses) {
  auto given = cases(3);
  auto heat = given.image.clone();
  heat[1].zero_();
  const auto measures = measure(judge_left, heat, given, black_logits());
  const auto chance =
      perturbation_curves(judge_left, given.image, at::full_like(heat, 0.5F), given.target,
                          {.imputation = Imputation::zero, .score = Score::logit});
  EXPECT_TRUE(at::allclose(measures.ppc_block[1], chance[1]));
  EXPECT_GT(measures.deletion[0].item<double>(), measures.deletion[1].item<double>() + 0.1);
  EXPECT_EQ(measures.inside_lung[1].item<double>(), 0.0);
  const auto summary = summarise(measures, given.groups, {.resamples = 10});
  EXPECT_EQ(summary.n, 3);
  EXPECT_EQ(summary.n_dead, 1);
  EXPECT_NEAR(summary.inside_lung.value.value(), (0.5 + 0 + 0.5) / 3, 1e-6);
}

TEST(Benchmark, AJudgeWithoutAnAnswerIsAnErrorNotAnEmptyFigure) {
  const auto given = cases(2);
  const Classifier broken = [](const at::Tensor& image) {
    return at::full({image.size(0), 2}, std::nan(""));
  };
  EXPECT_EQ(caught([&] { measure(broken, given.image, given); }).code, ErrorCode::diverged);
}

// Further fills and grids: deletion under each is that of a measurement of its own, the headline
// comes first, and each new state is judged once.
TEST(Benchmark, FurtherFillsAndGridsAreMeasuredAsIfAlone) {
  at::manual_seed(2);
  auto given = cases(4);
  given.image = at::rand({4, 1, kSide, kSide});
  const auto heat = at::rand({4, 1, kSide, kSide});
  BenchmarkOptions options{.also_fills = {"zero", "blur"}, .also_grids = {10, 16}};
  const auto measures = measure(judge_left, heat, given, options);
  ASSERT_EQ(measures.blocks.size(), 4U);
  EXPECT_EQ(measures.judged, 4 * (38 + 3 * 9) + 1);
  const std::vector<std::string> names{"blur_16", "blur_10", "zero_16", "zero_10"};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& block = measures.blocks[i];
    EXPECT_EQ(name_of(block.setting), names[i]);
    const auto alone = measure(judge_left, heat, given,
                               {.imputation = block.setting.fill, .grid = block.setting.grid});
    EXPECT_TRUE(at::allclose(block.deletion, alone.deletion)) << names[i];
    EXPECT_TRUE(at::allclose(block.p_full_removal, alone.p_full_removal)) << names[i];
  }
  EXPECT_TRUE(at::equal(measures.blocks[0].deletion, measures.deletion));
  EXPECT_FALSE(at::allclose(measures.blocks[0].curve, measures.blocks[1].curve))
      << "expected other blocks on another grid";
  const auto only_blocks = measure_blocks(judge_left, heat, given, options);
  EXPECT_TRUE(at::allclose(only_blocks[3].deletion, measures.blocks[3].deletion));
  EXPECT_EQ(title_of(measures.blocks[3].setting), "zero, 10 × 10");

  const auto summary = summarise(measures, given.groups, {.resamples = 10});
  EXPECT_NEAR(summary.blocks[1].deletion.value.value(),
              measures.blocks[1].deletion.mean().item<double>(), 1e-12);
  const auto other = measure(judge_left, 1 - heat, given, options);
  const auto difference = compare(measures, other, given.groups, {.resamples = 10});
  EXPECT_NEAR(difference.blocks[2].deletion.value.value(),
              (measures.blocks[2].deletion - other.blocks[2].deletion).mean().item<double>(),
              1e-12);
  EXPECT_EQ(select(measures, {2}).blocks[1].deletion.size(0), 1);
  const auto joined = concatenate({select(measures, {0}), select(measures, {1, 2, 3})});
  EXPECT_TRUE(at::allclose(joined.blocks[3].curve, measures.blocks[3].curve));
  EXPECT_EQ(caught([&] {
              concatenate({measures, measure(judge_left, heat, given, black_logits())});
            }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([] { block_settings({.also_fills = {"grey"}}); }).code,
            ErrorCode::invalid_option);
}

// The blur keeps an image's brightness: with a judge of the mean, blurred removal of everything
// leaves part of the answer, and p at full removal says so.
TEST(Benchmark, FullRemovalIsJudgedInTheImputedForm) {
  const auto given = cases(2);
  auto options = black_logits();
  options.imputation = Imputation::blur;
  const auto measures = measure(judge_left, given.image, given, options);
  EXPECT_GT(measures.p_full_removal.min().item<double>(), 0.8);
  EXPECT_NEAR(measures.p_black.max().item<double>(), 0.0, 1e-6);
}

// What measure() shares between curves must not change them.
TEST(Benchmark, CurvesAreThoseOfPerturbationCurves) {
  at::manual_seed(2);
  auto given = cases(5);
  given.image = at::rand({5, 1, kSide, kSide});
  const auto heat = at::rand({5, 1, kSide, kSide});
  int64_t judged = 0;
  const Classifier counting = [&](const at::Tensor& image) {
    judged += image.size(0);
    return judge_left(image) * 4;
  };
  for (const auto imputation : {Imputation::zero, Imputation::blur, Imputation::road}) {
    const BenchmarkOptions options{.imputation = imputation, .batch_size = 7};
    judged = 0;
    const auto measures = measure(counting, heat, given, options);
    EXPECT_EQ(measures.judged, judged);
    const auto curve = [&](RemovalForm form, Imputation fill, bool insertion) {
      return perturbation_curves(counting, given.image, heat, given.target,
                                 {.form = form, .imputation = fill, .insertion = insertion});
    };
    EXPECT_TRUE(at::allclose(measures.ppc_threshold,
                             curve(RemovalForm::threshold, Imputation::zero, false)));
    EXPECT_TRUE(at::allclose(measures.ppc_rank, curve(RemovalForm::rank, Imputation::zero, false)));
    EXPECT_TRUE(at::allclose(measures.ppc_block, curve(RemovalForm::block, imputation, false)));
    EXPECT_TRUE(
        at::allclose(measures.insertion_curve, curve(RemovalForm::block, imputation, true)));
  }
}

TEST(Benchmark, AsksTheJudge38TimesACaseAndOnceForBlack) {
  at::manual_seed(2);
  auto given = cases(4);
  const auto heat = at::rand({4, 1, kSide, kSide});
  EXPECT_EQ(measure(judge_left, heat, given).judged, 4 * 38 + 1);
}

TEST(Benchmark, PartsMakeTheWhole) {
  at::manual_seed(2);
  auto given = cases(5);
  given.image = at::rand({5, 1, kSide, kSide});
  const auto heat = at::rand({5, 1, kSide, kSide});
  const auto whole = measure(judge_left, heat, given, black_logits());
  const auto part = [&](int64_t first, int64_t last) {
    const BenchmarkCases some{.image = given.image.slice(0, first, last),
                              .target = given.target.slice(0, first, last),
                              .lungs = given.lungs.slice(0, first, last),
                              .groups = {}};
    return measure(judge_left, heat.slice(0, first, last), some, black_logits());
  };
  const auto joined = concatenate({part(0, 2), part(2, 5)});
  EXPECT_TRUE(at::allclose(joined.deletion, whole.deletion));
  EXPECT_TRUE(at::allclose(joined.inside_lung, whole.inside_lung));
  EXPECT_TRUE(at::allclose(joined.ppc_rank, whole.ppc_rank));
  EXPECT_EQ(joined.judged, whole.judged + 1);  // black once a part
  auto other_levels = black_logits();
  other_levels.levels = 5;
  EXPECT_EQ(caught([&] {
              concatenate({whole, measure(judge_left, heat, given, other_levels)});
            }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([] { concatenate({}); }).code, ErrorCode::invalid_shape);
}

TEST(Benchmark, SummaryHoldsMeansAndIntervalsByPatient) {
  MethodMeasures measures;
  const auto row = at::tensor({.1, .3, .5, .7}, at::kDouble);
  for (auto* values : {&measures.aoppc_threshold, &measures.aoppc_rank, &measures.aoppc_block,
                       &measures.insertion, &measures.deletion, &measures.p_whole,
                       &measures.p_full_removal, &measures.p_black, &measures.inside_lung}) {
    *values = row.clone();
  }
  measures.dead = at::tensor({0., 1., 0., 1.}, at::kDouble);
  measures.inside_lung[1] = std::nan("");
  measures.inside_lung[2] = std::nan("");
  for (auto* curves : {&measures.ppc_threshold, &measures.ppc_rank, &measures.ppc_block,
                       &measures.insertion_curve}) {
    *curves = at::stack({row, row * 0.5, row * 0}, 1);
  }
  const std::vector<std::string> patients{"a", "a", "b", "c"};
  const auto summary = summarise(measures, patients, {.resamples = 200});
  EXPECT_EQ(summary.n, 4);
  EXPECT_EQ(summary.n_dead, 2);
  EXPECT_NEAR(summary.deletion.value.value(), .4, 1e-12);
  ASSERT_TRUE(summary.deletion.interval);
  EXPECT_LT(summary.deletion.interval->low, .4);
  EXPECT_GT(summary.deletion.interval->high, .4);
  EXPECT_NEAR(summary.inside_lung.value.value(), .4, 1e-12);  // of two images
  EXPECT_NEAR(summary.aoppc_block_normalised.value.value(), .75, 1e-12);
  EXPECT_NEAR(summary.ppc_block[0], .4, 1e-12);
  EXPECT_NEAR(summary.ppc_block[1], .2, 1e-12);

  const auto of_class = summarise(select(measures, {3, 1}), {"c", "a"}, {.resamples = 20});
  EXPECT_EQ(of_class.n, 2);
  EXPECT_NEAR(of_class.insertion.value.value(), .5, 1e-12);
  const auto none = summarise(select(measures, {}), {});
  EXPECT_EQ(none.n, 0);
  EXPECT_EQ(none.deletion.undefined, "no images");
  EXPECT_TRUE(none.ppc_block.empty());
  EXPECT_NE(none.inside_lung.undefined.find("lung mask"), std::string::npos);
  EXPECT_EQ(caught([&] { select(measures, {4}); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { summarise(measures, {"a"}); }).code, ErrorCode::invalid_shape);
}

// A method that is better by 0.1 on every image is better by 0.1 in every draw; alone its interval
// is wide.
TEST(Benchmark, ComparesMethodsInPairs) {
  at::manual_seed(4);
  const auto given = cases(20);
  const auto heat = at::rand({20, 1, kSide, kSide});
  const auto b = measure(judge_left, heat, given, black_logits());
  auto a = b;
  a.deletion = b.deletion + 0.1;
  a.inside_lung = b.inside_lung - 0.2;
  a.inside_lung[0] = std::nan("");
  const auto difference = compare(a, b, given.groups, {.resamples = 100});
  EXPECT_EQ(difference.n, 20);
  EXPECT_NEAR(difference.deletion.value.value(), 0.1, 1e-12);
  EXPECT_NEAR(difference.deletion.interval->low, 0.1, 1e-12);
  EXPECT_NEAR(difference.deletion.interval->high, 0.1, 1e-12);
  EXPECT_NEAR(difference.inside_lung.value.value(), -0.2, 1e-12);
  EXPECT_EQ(difference.insertion.value, 0.0);
  EXPECT_NEAR(compare(b, a, given.groups, {.resamples = 10}).deletion.value.value(), -0.1, 1e-12);
}

TEST(Benchmark, WithoutLungMasksTheShareInsideIsUndefined) {
  auto given = cases(2);
  given.lungs = at::Tensor();
  const auto summary = summarise(measure(judge_left, given.image, given, black_logits()),
                                 given.groups, {.resamples = 0});
  EXPECT_FALSE(summary.inside_lung.value);
  EXPECT_TRUE(summary.deletion.value);
}

TEST(Benchmark, RefusesCasesThatDoNotBelongTogether) {
  auto given = cases(2);
  const auto code = [&](const at::Tensor& heat) {
    return caught([&] { measure(judge_left, heat, given); }).code;
  };
  EXPECT_EQ(code(at::rand({3, 1, kSide, kSide})), ErrorCode::invalid_shape);
  EXPECT_EQ(code(given.image * 3), ErrorCode::invalid_option);
  given.lungs = at::zeros({2, 1, 8, 8});
  EXPECT_EQ(code(given.image), ErrorCode::invalid_shape);
}

TEST(Judge, LeavesTheModelAsItWasAndRecordsNothing) {
  at::manual_seed(5);
  nn::CxrNetOptions options;
  options.encoder.architecture = nn::Architecture::resnet34;
  options.encoder.width = 0.125;
  options.decoder.widths = {8, 8, 8, 8, 8};
  nn::CxrNet model(options);
  const auto image = at::rand({2, 1, 64, 64});
  model->train();
  const auto mean = model->named_buffers()["encoder.bn1.running_mean"].clone();
  const auto logits = as_classifier(model)(image);
  EXPECT_FALSE(logits.requires_grad());
  EXPECT_TRUE(model->is_training());
  EXPECT_TRUE(at::equal(model->named_buffers()["encoder.bn1.running_mean"], mean));
  model->eval();
  EXPECT_TRUE(at::allclose(logits, model->classify(image)));
}

}  // namespace
}  // namespace cxrnet::explain
