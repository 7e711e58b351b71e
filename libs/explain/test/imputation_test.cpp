#include "cxrnet/explain/imputation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cxrnet/explain/perturbation.h"
#include "cxrnet/nn/blur.h"
#include "error_matchers.h"

namespace cxrnet::explain {
namespace {

at::Tensor random_image(int64_t n, int64_t height, int64_t width, uint64_t seed) {
  at::manual_seed(seed);
  return at::rand({n, 1, height, width});
}

at::Tensor square_hole(int64_t height, int64_t width, int64_t first, int64_t size) {
  auto removed = at::zeros({1, 1, height, width}, at::kBool);
  removed.slice(2, first, first + size).slice(3, first, first + size).fill_(true);
  return removed;
}

TEST(Imputation, ZeroAndBlurFillThePixelsThatWereRemoved) {
  const auto image = random_image(2, 24, 24, 1);
  const auto removed = square_hole(24, 24, 5, 9).repeat({3, 1, 1, 1});
  const auto item = at::tensor({1, 0, 1}, at::kLong);
  const auto chosen = image.index_select(0, item);
  const auto black = Imputer(image, Imputation::zero, 1).fill(item, removed);
  EXPECT_TRUE(at::equal(black, chosen * removed.logical_not()));
  const auto blurred = Imputer(image, Imputation::blur, 1).fill(item, removed);
  EXPECT_TRUE(at::equal(blurred, at::where(removed, nn::strong_blur(chosen), chosen)));
}

// Rong et al. 2022, written down row by row and solved by elimination: what the iterative solver
// must find, over scattered pixels, a hole, the border and the corners.
at::Tensor solve_densely(const at::Tensor& image, const at::Tensor& removed) {
  const int64_t height = image.size(0);
  const int64_t width = image.size(1);
  auto matrix = at::zeros({height * width, height * width}, at::kDouble);
  auto right = at::zeros({height * width}, at::kDouble);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t row = y * width + x;
      if (!removed[y][x].item<bool>()) {
        matrix[row][row] = 1.0;
        right[row] = image[y][x];
        continue;
      }
      for (int64_t v = std::max<int64_t>(y - 1, 0); v <= std::min(y + 1, height - 1); ++v) {
        for (int64_t u = std::max<int64_t>(x - 1, 0); u <= std::min(x + 1, width - 1); ++u) {
          if (v == y && u == x) continue;
          const double weight = v == y || u == x ? 1.0 / 6 : 1.0 / 12;
          matrix[row][row] += weight;
          matrix[row][v * width + u] -= weight;
        }
      }
    }
  }
  return at::linalg_solve(matrix, right).view({height, width});
}

TEST(RoadImputation, AgreesWithADenseSolve) {
  const auto image = random_image(4, 14, 11, 2);
  auto removed = at::rand({4, 1, 14, 11}) < 0.5;
  removed[1][0].slice(0, 0, 9).fill_(true);        // the border and two corners
  removed[2][0].fill_(true)[13][10].fill_(false);  // one pixel is all that is known
  removed[3].fill_(false);
  const auto filled = impute_linearly(image, removed);
  for (int64_t n = 0; n < 4; ++n) {
    const auto expected = solve_densely(image[n][0], removed[n][0]);
    EXPECT_LT((filled[n][0] - expected).abs().max().item<double>(), 2e-5) << n;
  }
  EXPECT_TRUE(at::equal(filled[3], image[3]));
}

// A ramp is the mean of its neighbours, so that a hole of any size inside the image fills with the
// ramp: closed form for the slowest case, a large hole.
TEST(RoadImputation, FillsALargeHoleInARampWithTheRamp) {
  const auto ramp = at::linspace(0, 1, 224).view({1, 1, 1, -1}).expand({1, 1, 224, 224});
  const auto tilted = (0.7 * ramp + 0.3 * ramp.transpose(2, 3)).contiguous();
  const auto filled = impute_linearly(tilted, square_hole(224, 224, 12, 200));
  EXPECT_LT((filled - tilted).abs().max().item<double>(), 1e-3);
}

// A hole whose border is exactly black, as outside segmented lungs, while bright pixels lie farther
// away: the solution is 0, known without computing. So it is for a hole in an image of black.
TEST(RoadImputation, ABlackBorderFillsWithBlack) {
  auto image = at::zeros({3, 1, 64, 64});
  image[0][0].slice(0, 0, 20).fill_(0.8F);  // a lung far from the hole at 30 … 49
  image[2].fill_(0.5F);                     // an image whose border is grey, in the same batch
  const auto hole = square_hole(64, 64, 30, 20);
  const auto filled = impute_linearly(image, hole.repeat({3, 1, 1, 1}));
  EXPECT_TRUE(at::equal(filled[0], at::where(hole[0], at::zeros_like(image[0]), image[0])));
  EXPECT_EQ(filled[1].abs().max().item<double>(), 0.0);
  EXPECT_LT((filled[2] - 0.5).abs().max().item<double>(), 1e-5);
}

// The system is linear: an image a times as bright fills a times as bright, at any a that f32 has.
TEST(RoadImputation, FillsInProportionDownToTheFaintestBorder) {
  const auto bright = random_image(1, 24, 24, 6) * 0.9 + 0.1;
  const auto hole = square_hole(24, 24, 4, 16);
  const auto expected = solve_densely(bright[0][0], hole[0][0]);
  for (const double scale : {1e-3, 1e-8, 1e-16, 1e-24, 1e-32}) {
    // Beside a bright pixel that the hole does not touch, so that a start from it would mislead.
    auto faint = (bright * scale).contiguous();
    faint[0][0][0][0] = 1.0F;
    const auto filled = impute_linearly(faint, hole).to(at::kDouble)[0][0] / scale;
    const auto error = (filled - expected).masked_select(hole[0][0]).abs().max().item<double>();
    EXPECT_LT(error, 2e-5) << scale;
  }
}

TEST(RoadImputation, AnImageDoesNotDependOnTheOthersOfItsBatch) {
  auto image = random_image(4, 40, 32, 7);
  image[1].zero_();
  image[3] *= 1e-6;
  auto removed = at::rand({4, 1, 40, 32}) < 0.7;
  removed[2].fill_(false)[0][20][20] = true;
  const auto together = impute_linearly(image, removed);
  for (int64_t n = 0; n < 4; ++n) {
    const auto alone = impute_linearly(image.narrow(0, n, 1), removed.narrow(0, n, 1));
    EXPECT_LT((together[n] - alone[0]).abs().max().item<double>(),
              1e-5 * image[n].max().item<double>() + 1e-12)
        << n;
  }
}

// Black around the lungs, every fill, every form, both directions: all curves come to an end.
TEST(Imputation, SegmentedImagesGoThroughEveryFillFormAndDirection) {
  auto image = random_image(2, 48, 48, 8) * 0.5 + 0.25;
  auto lungs = at::zeros_like(image);
  lungs.slice(2, 8, 40).slice(3, 6, 20).fill_(1);
  lungs.slice(2, 10, 36).slice(3, 28, 42).fill_(1);
  image = image * lungs;
  const Classifier mean_judge = [](const at::Tensor& seen) {
    const auto mean = seen.mean({1, 2, 3});
    return at::stack({at::zeros_like(mean), 20 * mean}, 1);
  };
  const auto target = at::ones({2}, at::kLong);
  for (const auto& [fill, name] : EnumNames<Imputation>::values) {
    for (const auto& [form, form_name] : EnumNames<RemovalForm>::values) {
      for (const bool insertion : {false, true}) {
        const auto curves =
            perturbation_curves(mean_judge, image, lungs, target,
                                {.form = form, .imputation = fill, .insertion = insertion});
        EXPECT_TRUE(at::isfinite(curves).all().item<bool>()) << name << form_name << insertion;
        EXPECT_GT(curves.select(1, insertion ? 10 : 0).min().item<double>(), 0.7);
      }
    }
  }
}

TEST(RoadImputation, TheNoiseIsSmallSeededAndTheSameAtEachLevel) {
  const auto grey = at::full({2, 1, 64, 64}, 0.5F);
  const auto before = at::detail::getDefaultCPUGenerator().get_state();
  const Imputer imputer(grey, Imputation::road, 3);
  const auto item = at::tensor({0, 0, 1}, at::kLong);
  const auto hole = square_hole(64, 64, 2, 60);
  const auto filled = imputer.fill(item, at::cat({hole, square_hole(64, 64, 2, 30), hole}));
  EXPECT_TRUE(at::equal(before, at::detail::getDefaultCPUGenerator().get_state()));
  const auto noise = filled.masked_select(hole).view({3, -1}) - 0.5;
  EXPECT_NEAR(noise[0].std().item<double>(), kRoadNoise, 0.0005);  // of 3600 draws
  EXPECT_NEAR(noise[0].mean().item<double>(), 0.0, 0.001);
  const auto both = filled[0][0].slice(0, 2, 32).slice(1, 2, 32);
  EXPECT_LT((both - filled[1][0].slice(0, 2, 32).slice(1, 2, 32)).abs().max().item<double>(), 1e-5);
  EXPECT_FALSE(at::allclose(filled[0], filled[2]));  // another image, other noise
  EXPECT_TRUE(
      at::equal(filled, Imputer(grey, Imputation::road, 3)
                            .fill(item, at::cat({hole, square_hole(64, 64, 2, 30), hole}))));
  EXPECT_FALSE(at::allclose(
      filled[0], Imputer(grey, Imputation::road, 4).fill(item, hole.repeat({3, 1, 1, 1}))[0]));
}

TEST(RoadImputation, NothingKnownLeavesTheMean) {
  const auto image = random_image(2, 16, 16, 5);
  auto removed = at::ones({2, 1, 16, 16}, at::kBool);
  removed[1][0][3][4] = false;
  const auto filled = impute_linearly(image, removed);
  EXPECT_LT((filled[0] - image[0].mean()).abs().max().item<double>(), 1e-6);
  EXPECT_LT((filled[1] - image[1][0][3][4]).abs().max().item<double>(), 1e-5);
}

TEST(Imputation, RefusesAnotherShape) {
  const Imputer imputer(random_image(1, 16, 16, 1), Imputation::zero, 1);
  const auto item = at::zeros({1}, at::kLong);
  EXPECT_EQ(caught([&] { imputer.fill(item, square_hole(17, 16, 1, 2)); }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] {
              Imputer(at::rand({1, 3, 16, 16}), Imputation::blur, 1);
            }).code,
            ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::explain
