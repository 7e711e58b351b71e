#include "cxrnet/data/augmentation.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "augmentation_samples.h"
#include "expect_error.h"

namespace cxrnet::data {
namespace {

TEST(AdjustIntensity, BrightnessIsAGain) {
  auto options = nothing();
  options.brightness = 0.1;
  Random random(3);
  std::set<double> gains;
  for (int i = 0; i < 20; ++i) {
    const auto ratio = adjust_intensity(ramp(), options, random).div(ramp());
    const double gain = ratio.mean().item<double>();
    EXPECT_LT(max_difference(ratio, at::full_like(ratio, gain)), 1e-5);
    EXPECT_NEAR(gain, 1.0, 0.1);
    gains.insert(gain);
  }
  EXPECT_GT(*gains.rbegin() - *gains.begin(), 0.05);
}

TEST(AdjustIntensity, ContrastSpreadsAboutTheMean) {
  auto options = nothing();
  options.contrast = 0.2;
  Random random(3);
  const auto image = ramp();
  const double mean = image.mean().item<double>();
  for (int i = 0; i < 20; ++i) {
    const auto result = adjust_intensity(image, options, random);
    const double spread =
        (result[0][0][0].item<double>() - mean) / (image[0][0][0].item<double>() - mean);
    EXPECT_NEAR(spread, 1.0, 0.2);
    EXPECT_LT(max_difference(result, (image - mean) * spread + mean), 1e-5);
  }
}

TEST(AdjustIntensity, GammaIsAnExponent) {
  auto options = nothing();
  options.gamma = 0.5;
  Random random(3);
  for (int i = 0; i < 20; ++i) {
    const auto result = adjust_intensity(ramp(), options, random);
    const double exponent = std::log(result[0][0][0].item<double>()) / std::log(0.1);
    EXPECT_GE(exponent, 1.0 / 1.5 - 1e-6);
    EXPECT_LE(exponent, 1.5 + 1e-6);
    EXPECT_LT(max_difference(result, ramp().pow(exponent)), 1e-5);
  }
}

TEST(AdjustIntensity, ClampsAndKeepsBlackWhereAsked) {
  auto image = ramp();
  image.narrow(2, 0, 8).zero_();
  auto options = nothing();
  options.contrast = options.brightness = 0.9;
  bool black_was_lifted = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    options.keep_black = false;
    Random random(seed);
    const auto free = adjust_intensity(image, options, random);
    EXPECT_GE(free.min().item<double>(), 0.0);
    EXPECT_LE(free.max().item<double>(), 1.0);
    black_was_lifted |= free.narrow(2, 0, 8).max().item<double>() > 0.05;
    options.keep_black = true;
    Random again(seed);
    EXPECT_EQ(adjust_intensity(image, options, again).narrow(2, 0, 8).abs().max().item<double>(),
              0.0);
  }
  EXPECT_TRUE(black_was_lifted);
}

TEST(AddNoise, IsGaussianOfBoundedStrength) {
  auto options = nothing();
  options.noise = 0.05;
  const auto grey = at::full({1, 128, 128}, 0.5, float_options());
  Random random(3);
  double strongest = 0.0;
  for (int i = 0; i < 50; ++i) {
    const auto noise = add_noise(grey, options, random).sub(grey);
    const double deviation = noise.std().item<double>();
    EXPECT_NEAR(noise.mean().item<double>(), 0.0, 5.0 * deviation / 128.0 + 1e-6);
    const double within_one = noise.abs().le(deviation).to(at::kFloat).mean().item<double>();
    EXPECT_NEAR(within_one, 0.6827, 0.02);
    strongest = std::max(strongest, deviation);
  }
  EXPECT_LE(strongest, 0.0515);
  EXPECT_GT(strongest, 0.04);
}

TEST(AddNoise, KeepsBlackWhereAsked) {
  auto options = nothing();
  options.noise = 0.1;
  options.keep_black = true;
  Random random(3);
  EXPECT_EQ(add_noise(at::zeros({1, kSide, kSide}, float_options()), options, random)
                .max()
                .item<double>(),
            0.0);
}

AugmentationOptions erasing(EraseFill fill) {
  auto options = nothing();
  options.erase_probability = 1.0;
  options.erase_fill = fill;
  return options;
}

TEST(EraseRectangles, FillsOneRectangleOfBoundedArea) {
  Random random(3);
  for (int i = 0; i < kDraws; ++i) {
    const auto erased = erase_rectangles(ramp(), erasing(EraseFill::zero), random).eq(0.0);
    const auto rows = erased.any(2).sum().item<int64_t>();
    const auto columns = erased.any(1).sum().item<int64_t>();
    const auto pixels = erased.sum().item<int64_t>();
    EXPECT_EQ(pixels, rows * columns) << "not a rectangle";
    EXPECT_GT(pixels, 0);
    EXPECT_LE(static_cast<double>(pixels),
              0.2 * kSide * kSide + kSide);  // sides are rounded to pixels
  }
}

TEST(EraseRectangles, ReachesTheWholeImage) {
  auto options = erasing(EraseFill::zero);
  options.erase_area = 1.0;
  options.erase_count = 8;
  Random random(3);
  double most = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    most = std::max(
        most,
        erase_rectangles(ramp(), options, random).eq(0.0).to(at::kFloat).mean().item<double>());
  }
  EXPECT_EQ(most, 1.0);
}

TEST(EraseRectangles, MeanAndBlurStayWithinTheImage) {
  const auto mean = static_cast<float>(ramp().mean().item<double>());
  Random random(3);
  const auto with_mean = erase_rectangles(ramp(), erasing(EraseFill::mean), random);
  const auto changed = with_mean.ne(ramp());
  EXPECT_GT(changed.sum().item<int64_t>(), 0);
  EXPECT_LT((with_mean.masked_select(changed) - mean).abs().max().item<double>(), 1e-6);

  const auto flat = at::full({1, kSide, kSide}, 0.25, float_options());
  EXPECT_LT(max_difference(erase_rectangles(flat, erasing(EraseFill::blur), random), flat), 1e-6);
  // Cells of two pixels hold one stripe each, so that the blurred copy is grey throughout.
  const auto stripes =
      at::arange(kSide, float_options()).remainder(2).expand({1, kSide, kSide}).contiguous();
  const auto blurred = erase_rectangles(stripes, erasing(EraseFill::blur), random);
  const auto erased = blurred.ne(stripes);
  EXPECT_GT(erased.sum().item<int64_t>(), 0);
  EXPECT_LT((blurred.masked_select(erased) - 0.5).abs().max().item<double>(), 1e-6);
}

TEST(EraseRectangles, HappensAsOftenAsAsked) {
  auto options = erasing(EraseFill::any);
  options.erase_probability = 0.3;
  Random random(3);
  int times = 0;
  for (int i = 0; i < 1000; ++i)
    times += !at::equal(erase_rectangles(ramp(), options, random), ramp());
  EXPECT_NEAR(times, 300, 65);
}

TEST(Mixup, MixesImagesTargetsAndMasksAlike) {
  constexpr int64_t kBatch = 6;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const auto codes = at::arange(kBatch, float_options());
    auto images = codes.reshape({kBatch, 1, 1, 1}).expand({kBatch, 1, 4, 4}).contiguous();
    auto targets = at::eye(kBatch, float_options());
    auto masks = images.clone();
    Random random(seed);
    mixup(images, targets, masks, 0.4, random);
    EXPECT_LT(max_difference(targets.sum(1), at::ones({kBatch}, float_options())), 1e-6);
    const auto expected = targets.matmul(codes);  // the mean code under the mixed target
    EXPECT_LT(max_difference(images.mean({1, 2, 3}), expected), 1e-5);
    EXPECT_TRUE(at::equal(images, masks));
    EXPECT_LE((targets.gt(0.0)).sum(1).max().item<int64_t>(), 2);
  }
}

TEST(Mixup, AlphaZeroChangesNothing) {
  auto images = ramp().unsqueeze(0);
  auto targets = at::ones({1, 4}, float_options());
  at::Tensor masks;
  Random random(1);
  mixup(images, targets, masks, 0.0, random);
  EXPECT_TRUE(at::equal(images[0], ramp()));
  EXPECT_FALSE(masks.defined());
}

// Image i is all i: each pixel then names the image it comes from, and the mean one must be what
// the mixed target says.
TEST(CutMix, TakesARectangleOfAnotherImageAndItsShareOfTheTarget) {
  constexpr int64_t kBatch = 6;
  double total_share = 0.0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto codes = at::arange(kBatch, float_options());
    const auto original = codes.reshape({kBatch, 1, 1, 1}).expand({kBatch, 1, 8, 8}).contiguous();
    auto images = original.clone();
    auto masks = original.clone();
    auto targets = at::eye(kBatch, float_options());
    Random random(seed);
    cutmix(images, targets, masks, random);
    EXPECT_LT(max_difference(targets.sum(1), at::ones({kBatch}, float_options())), 1e-6);
    EXPECT_LT(max_difference(images.mean({1, 2, 3}), targets.matmul(codes)), 1e-5);
    EXPECT_TRUE(at::equal(images, masks));
    for (int64_t i = 0; i < kBatch; ++i) {
      const auto foreign = images[i][0] != static_cast<double>(i);
      const auto rows = foreign.any(1).sum().item<int64_t>();
      const auto columns = foreign.any(0).sum().item<int64_t>();
      EXPECT_EQ(foreign.sum().item<int64_t>(), rows * columns) << "one rectangle";
      total_share += foreign.to(at::kFloat).mean().item<double>() / (50.0 * kBatch);
    }
  }
  EXPECT_GT(total_share, 0.1);
  EXPECT_LT(total_share, 0.5);
}

TEST(CutMix, TakesTurnsWithMixup) {
  AugmentationOptions options;
  options.cutmix_probability = 0.3;
  options.mixup_alpha = 1.0;
  int cut = 0;
  Random random(9);
  for (int i = 0; i < 1000; ++i) {
    auto images = at::arange(2, float_options()).reshape({2, 1, 1, 1}).expand({2, 1, 4, 4});
    auto targets = at::eye(2, float_options());
    at::Tensor masks;
    mix_batch(images, targets, masks, options, random);
    cut += images.remainder(1.0).eq(0.0).all().item<bool>();  // mixup leaves no whole numbers
  }
  // Of two images half of the permutations move nothing, and leave whole numbers, too.
  EXPECT_NEAR(cut, 300 + 350, 65);
}

TEST(Augment, SeedDecidesAndArgumentsStay) {
  AugmentationOptions options;
  options.erase_probability = 1.0;
  const Sample sample{ramp(), ramp().gt(0.5).to(at::kFloat)};
  const auto run = [&](uint64_t seed) {
    Random random(seed);
    return augment(sample, options, random);
  };
  const auto first = run(1), again = run(1), other = run(2);
  EXPECT_TRUE(at::equal(first.image, again.image));
  EXPECT_TRUE(at::equal(first.mask, again.mask));
  EXPECT_FALSE(at::equal(first.image, other.image));
  EXPECT_TRUE(at::equal(sample.image, ramp()));
  EXPECT_GE(first.image.min().item<double>(), 0.0);
  EXPECT_LE(first.image.max().item<double>(), 1.0);
  EXPECT_EQ(first.image.sizes(), sample.image.sizes());
}

TEST(Augment, AllOffGivesTheSampleBack) {
  Random random(1);
  EXPECT_TRUE(at::equal(augment({ramp(), {}}, nothing(), random).image, ramp()));
}

TEST(Augment, RefusesOtherShapes) {
  Random random(1);
  const AugmentationOptions options;
  expect_error(ErrorCode::invalid_shape, "image", [&] {
    augment({at::zeros({2, 8, 8}), {}}, options, random);
  });
  expect_error(ErrorCode::invalid_shape, "square image", [&] {
    augment({at::zeros({1, 8, 9}), {}}, options, random);
  });
  expect_error(ErrorCode::invalid_shape, "image", [&] {
    augment({at::zeros({1, 8, 8}, at::kByte), {}}, options, random);
  });
  expect_error(ErrorCode::invalid_shape, "mask", [&] {
    augment({at::zeros({1, 8, 8}), at::zeros({1, 4, 4})}, options, random);
  });
}

TEST(AugmentationOptions, AreValidatedByTheirTable) {
  AugmentationOptions options;
  EXPECT_NO_THROW(validate(options));
  options.crop_area = 0.0;
  expect_error(ErrorCode::invalid_option, "augment-crop-area", [&] { validate(options); });
}

}  // namespace
}  // namespace cxrnet::data
