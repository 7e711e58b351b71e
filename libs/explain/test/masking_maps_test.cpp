// Maps by masking: closed forms of linear classifiers, and the masks themselves.
#include "cxrnet/explain/masking_maps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cxrnet/explain/heat_map.h"

namespace cxrnet::explain {
namespace {

// Class 1 looks at the patch of rows 8 to 15 and columns 16 to 23 alone; class 0 sees nothing.
at::Tensor patch_logits(const at::Tensor& image) {
  const auto sum = image.narrow(2, 8, 8).narrow(3, 16, 8).flatten(1).sum(1);
  return at::stack({at::zeros_like(sum), sum}, 1);
}

at::Tensor target(int64_t label) { return at::full({1}, label, at::kLong); }

at::Tensor inside_patch(const at::Tensor& map) { return map.narrow(2, 8, 8).narrow(3, 16, 8); }

TEST(RiseMasksTest, LieBetweenZeroAndOneWithTheMeanThatOneAsksFor) {
  for (const double keep : {0.2, 0.5, 0.8}) {
    const auto masks = rise_masks(0, 400, 35, 50, {.rise_keep = keep}, 1);
    ASSERT_EQ(masks.sizes().vec(), (std::vector<int64_t>{400, 1, 35, 50}));
    EXPECT_GE(masks.min().item<double>(), 0.0);
    EXPECT_LE(masks.max().item<double>(), 1.0);
    EXPECT_NEAR(masks.mean().item<double>(), keep, 0.02);
    // No pixel is favoured: over the masks each has that mean.
    EXPECT_NEAR(masks.mean(0).min().item<double>(), keep, 0.12);
    EXPECT_NEAR(masks.mean(0).max().item<double>(), keep, 0.12);
  }
}

TEST(RiseMasksTest, DependOnSeedAndNumberAlone) {
  const auto masks = rise_masks(0, 6, 20, 30, {}, 1);
  EXPECT_TRUE(at::equal(rise_masks(4, 2, 20, 30, {}, 1), masks.narrow(0, 4, 2)));
  EXPECT_FALSE(at::equal(masks[0], masks[1]));
  EXPECT_FALSE(at::equal(rise_masks(0, 6, 20, 30, {}, 2), masks));
}

// By hand: sum(logit * mask) / sum(mask) over the masks themselves.
TEST(RiseTest, IsTheMeanLogitWeightedByTheMasks) {
  at::manual_seed(1);
  const auto image = at::rand({1, 1, 32, 40});
  const MaskingOptions options{.rise_masks = 25};  // every pixel is kept by one of them
  const auto map = rise(patch_logits, image, target(1), options, {.batch_size = 2, .seed = 9});
  const auto masks = rise_masks(0, 25, 32, 40, options, 9).to(at::kDouble);
  ASSERT_GT(masks.sum(0).min().item<double>(), 0.01);
  const auto logits = inside_patch(masks * image).sum({1, 2, 3}, /*keepdim=*/true);
  EXPECT_TRUE(at::allclose(map, (logits * masks).sum(0, true) / masks.sum(0, true), 1e-4, 1e-6));
}

TEST(RiseTest, IsBrightestWhereTheModelLooks) {
  const auto map = normalise_heat(rise(patch_logits, at::ones({1, 1, 32, 40}), target(1),
                                       {.rise_masks = 600}, {.batch_size = 50, .seed = 2}));
  EXPECT_EQ(inside_patch(map).max().item<float>(), 1.0F);
  EXPECT_GT(inside_patch(map).mean().item<double>(), 3.0 * map.mean().item<double>());
}

TEST(RiseTest, DoesNotMindAConstantInTheLogit) {
  const auto lifted = [](const at::Tensor& input) { return patch_logits(input) + 1000.0; };
  const auto image = at::ones({1, 1, 32, 40});
  const auto map = [&](const Classifier& classifier) {
    return normalise_heat(
        rise(classifier, image, target(1), {.rise_masks = 60}, {.batch_size = 20}));
  };
  EXPECT_TRUE(at::allclose(map(lifted), map(patch_logits), 1e-3, 1e-4));
}

// Squares of 8 without overlap; the model sees one square of 64 pixels of grey 1, hidden by grey
// 0.5.
TEST(OcclusionTest, IsTheFallOfTheLogitUnderTheSquare) {
  const MaskingOptions options{.occlusion_window = 8, .occlusion_stride = 8, .occlusion_fill = 0.5};
  const auto map = occlusion(patch_logits, at::ones({1, 1, 32, 40}), target(1), options, {});
  auto expected = at::zeros({1, 1, 32, 40}, at::kDouble);
  inside_patch(expected).fill_(64.0 * 0.5);
  EXPECT_TRUE(at::allclose(map, expected));
}

// Squares of 8 every 4 pixels: pixel (12, 20) lies under the four that begin in row 8 or 12 and
// column 16 or 20; they hide 64, 32, 32 and 16 of the patch's pixels.
TEST(OcclusionTest, AveragesTheSquaresThatHideAPixel) {
  const MaskingOptions options{.occlusion_window = 8, .occlusion_stride = 4, .occlusion_fill = 0.0};
  const auto map = occlusion(patch_logits, at::ones({1, 1, 32, 40}), target(1), options, {});
  EXPECT_NEAR(map[0][0][12][20].item<double>(), (64.0 + 32.0 + 32.0 + 16.0) / 4.0, 1e-6);
  EXPECT_NEAR(map[0][0][0][0].item<double>(), 0.0, 1e-6);
}

TEST(OcclusionTest, IsZeroWhereHidingRaisesTheLogit) {
  const auto against = [](const at::Tensor& input) { return -patch_logits(input); };
  const auto map = occlusion(against, at::ones({1, 1, 32, 40}), target(1), {}, {});
  EXPECT_EQ(map.abs().max().item<double>(), 0.0);
}

TEST(OcclusionTest, HidesEveryPixelOfAnySize) {
  const auto total = [](const at::Tensor& input) { return input.flatten(1).sum(1, true); };
  for (const auto& [window, stride] : {std::pair<int64_t, int64_t>{8, 5}, {8, 20}, {64, 16}}) {
    const MaskingOptions options{.occlusion_window = window, .occlusion_stride = stride};
    const auto map = occlusion(total, at::ones({1, 1, 19, 37}), target(0), options, {});
    EXPECT_GT(map.min().item<double>(), 0.0) << "window " << window << " stride " << stride;
  }
}

}  // namespace
}  // namespace cxrnet::explain
