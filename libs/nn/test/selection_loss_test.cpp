#include "cxrnet/nn/selection_loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/blur.h"
#include "cxrnet/nn/losses.h"

namespace cxrnet::nn {
namespace {

CxrNet make(Representation representation) {
  torch::manual_seed(1);
  CxrNet network(CxrNetOptions{
      .encoder = {.architecture = Architecture::resnet34, .input_channels = 1, .width = 0.125},
      .decoder = {.widths = {8, 8, 8, 8, 8}},
      .representation = representation,
      .selection_cells = 4});
  network->train();
  return network;
}

const SelectionLossOptions kDefaults;

TEST(SampleSelection, IsBinaryAndFollowsTheProbability) {
  torch::manual_seed(3);
  const double logit = std::log(0.3 / 0.7);
  const auto drawn = sample_selection(at::full({100, 100}, logit), 0.5);
  EXPECT_LT((drawn - drawn.round()).abs().max().item<double>(), 1e-6);
  EXPECT_NEAR(drawn.mean().item<double>(), 0.3, 0.03);  // six standard deviations
}

// d/dl sigmoid((l + noise) / t) = s (1 - s) / t, whatever was drawn.
TEST(SampleSelection, GradientIsThatOfTheRelaxation) {
  auto logits = at::zeros({1000}).requires_grad_();
  torch::manual_seed(3);
  sample_selection(logits, 0.5).sum().backward();
  torch::manual_seed(3);
  const auto uniform = at::rand({1000});
  const auto relaxed = ((uniform.log() - (1 - uniform).log()) / 0.5).sigmoid();
  EXPECT_TRUE(at::allclose(logits.grad(), relaxed * (1 - relaxed) / 0.5, 1e-3, 1e-4));
}

// 12 of 16 cells are shown; as many as chance says of 0 to 11 lie above the threshold, best first.
TEST(AtRandomSize, ASizeIsAsLikelyAsAnyOther) {
  torch::manual_seed(5);
  const int64_t images = 3000;
  const auto order = at::randperm(16);
  auto shown = at::ones({16});
  shown.index_put_({order.slice(0, 0, 4)}, 0.0);  // the four of least logit
  auto logits = at::zeros({16});
  logits.index_put_({order}, at::arange(16, at::kFloat));
  const auto moved = at_random_size(logits.view({1, 1, 4, 4}).expand({images, 1, 4, 4}),
                                    shown.view({1, 1, 4, 4}).expand({images, 1, 4, 4}));
  EXPECT_TRUE(at::allclose(moved - moved.amax({1, 2, 3}, true),
                           (logits - logits.max()).view({1, 1, 4, 4}).expand_as(moved)));
  const auto above = moved.gt(0.0).sum({1, 2, 3});
  EXPECT_EQ(above.min().item<int64_t>(), 0);
  EXPECT_EQ(above.max().item<int64_t>(), 11);
  for (int64_t size = 0; size < 12; ++size) {
    const double share = above.eq(size).to(at::kDouble).mean().item<double>();
    EXPECT_NEAR(share, 1.0 / 12.0, 0.03) << size;  // six standard deviations
  }
}

TEST(AtRandomSize, ThresholdPassesNoGradientAndBlackImagesWork) {
  auto logits = at::rand({2, 1, 4, 4}).requires_grad_();
  at_random_size(logits, at::zeros({2, 1, 4, 4})).sum().backward();
  EXPECT_TRUE(logits.grad().equal(at::ones({2, 1, 4, 4})));
}

TEST(TotalVariation, CountsEdgesByHand) {
  const auto half = at::tensor({0.0F, 0.0F, 1.0F, 1.0F}).view({1, 1, 1, 4}).expand({1, 1, 4, 4});
  const auto board = at::arange(4).view({4, 1}).add(at::arange(4)).remainder(2).to(at::kFloat);
  // One of three steps across differs, none down; in a chequerboard all do.
  const auto all = at::ones({1, 1, 4, 4});
  EXPECT_NEAR(total_variation(half, all).item<double>(), (1.0 / 3.0 + 0.0) / 2.0, 1e-6);
  EXPECT_NEAR(total_variation(board.view({1, 1, 4, 4}), all).item<double>(), 1.0, 1e-6);
}

// Three of four columns are shown, the third by half: of the pairs across the second weighs one
// half, the third nothing, and it alone differs.
TEST(TotalVariation, TheOutlineOfWhatIsShownCostsNothing) {
  const auto shown = at::tensor({1.0F, 1.0F, 0.5F, 0.0F}).view({1, 1, 1, 4}).expand({1, 1, 4, 4});
  const auto lungs = at::tensor({1.0F, 1.0F, 1.0F, 0.0F}).view({1, 1, 1, 4}).expand({1, 1, 4, 4});
  const auto half = at::tensor({1.0F, 1.0F, 0.0F, 0.0F}).view({1, 1, 1, 4}).expand({1, 1, 4, 4});
  EXPECT_NEAR(total_variation(lungs, shown).item<double>(), 0.0, 1e-6);
  EXPECT_NEAR(total_variation(half, shown).item<double>(), (0.5 / 1.5 + 0.0) / 2.0, 1e-6);
  EXPECT_EQ(total_variation(half, at::zeros({1, 1, 4, 4})).item<double>(), 0.0);
}

TEST(KeepSelected, ShowsSelectedCellsOnABlurredBackground) {
  const auto image = at::rand({1, 1, 16, 16});
  auto selection = at::zeros({1, 1, 4, 4});
  selection[0][0][1][2] = 1.0;
  const auto kept = keep_selected(image, selection);
  const auto cell = [](const at::Tensor& map) { return map.slice(2, 4, 8).slice(3, 8, 12); };
  EXPECT_TRUE(at::allclose(cell(kept), cell(image)));
  const auto blurred = strong_blur(image);
  const auto differs = (kept - blurred).abs().gt(1e-6);
  EXPECT_EQ(differs.sum().item<int64_t>(), cell(differs).sum().item<int64_t>());
}

// The decoder must not teach the encoder what to look for: collusion.
TEST(SelectionLoss, EncoderLearnsFromItsOwnCrossEntropyAlone) {
  const auto image = at::rand({4, 1, 64, 64});
  const auto target = at::eye(4);
  auto selecting = make(Representation::selection);
  selection_loss(selecting, image, target, {}, kDefaults).backward();
  auto plain = make(Representation::selection);
  cross_entropy(plain->classify(image), target).backward();
  const auto expected = plain->named_parameters();
  int64_t of_decoder = 0;
  for (const auto& item : selecting->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    if (item.key().rfind("decoder.", 0) == 0) {
      of_decoder += item.value().grad().abs().sum().item<double>() > 0.0 ? 1 : 0;
      continue;
    }
    EXPECT_TRUE(at::allclose(item.value().grad(), expected[item.key()].grad(), 1e-4, 1e-6))
        << item.key();
  }
  EXPECT_GT(of_decoder, 20);
}

TEST(SelectionLoss, LeavesStatisticsAndModeAsTheFirstPassDoes) {
  const auto image = at::rand({4, 1, 64, 64});
  auto selecting = make(Representation::selection);
  selection_loss(selecting, image, at::eye(4), {}, kDefaults);
  auto plain = make(Representation::selection);
  plain->classify(image);
  const auto expected = plain->named_buffers();
  for (const auto& item : selecting->named_buffers()) {
    if (item.key().rfind("encoder.", 0) != 0) continue;
    EXPECT_TRUE(at::allclose(item.value().to(at::kFloat), expected[item.key()].to(at::kFloat)))
        << item.key();
  }
  EXPECT_TRUE(selecting->encoder().is_training());
  EXPECT_TRUE(selecting->head()->is_training());
  for (const auto& parameter : selecting->parameters()) EXPECT_TRUE(parameter.requires_grad());
}

// With all cells' logits very low nothing is selected: the kept part is the blur, the removed part
// the image, area and variation vanish.
TEST(SelectionLoss, EqualsItsTermsForAnEmptySelection) {
  auto network = make(Representation::selection);
  {
    const at::NoGradGuard no_grad;
    network->named_parameters()["decoder.output.weight"].zero_();
    network->named_parameters()["decoder.output.bias"].fill_(-60.0);
  }
  network->eval();
  const at::NoGradGuard no_grad;
  const auto image = at::rand({2, 1, 64, 64});
  const auto target = at::eye(4).slice(0, 0, 2);
  const auto logits = network->classify(image);
  const auto lost = 1.0 - (logits.softmax(1) * target).sum(1);
  const auto expected = cross_entropy(logits, target) +
                        cross_entropy(network->classify(strong_blur(image)), target) -
                        2.0 * lost.log().mean();
  SelectionLossOptions options;
  options.removed = 2.0;
  options.any_size = 0.0;
  EXPECT_NEAR(selection_loss(network, image, target, {}, options).item<double>(),
              expected.item<double>(), 1e-4);
}

// With all cells' logits very high all are selected that show anything; the area is the whole of
// what is shown, though the upper half of the image is black.
TEST(SelectionLoss, AreaIsAShareOfWhatIsShown) {
  auto network = make(Representation::selection);
  const at::NoGradGuard no_grad;
  network->named_parameters()["decoder.output.weight"].zero_();
  network->named_parameters()["decoder.output.bias"].fill_(60.0);
  network->eval();
  auto image = at::rand({2, 1, 64, 64}) * 0.9 + 0.1;
  image.slice(2, 0, 32).zero_();
  const auto target = at::eye(4).slice(0, 0, 2);
  auto selection = at::ones({2, 1, 4, 4});
  selection.slice(2, 0, 2).zero_();
  const auto kept = network->classify(keep_selected(image, selection));
  const auto removed = network->classify(keep_selected(image, 1.0 - selection));
  const auto lost = 1.0 - (removed.softmax(1) * target).sum(1);
  const auto expected = cross_entropy(network->classify(image), target) +
                        cross_entropy(kept, target) - lost.log().mean() + 3.0;
  SelectionLossOptions options;
  options.area = 3.0;
  options.any_size = 0.0;
  EXPECT_NEAR(selection_loss(network, image, target, {}, options).item<double>(),
              expected.item<double>(), 1e-4);
}

TEST(SelectionLoss, AsksTheChannelOfTheTargetClass) {
  auto network = make(Representation::class_selection);
  selection_loss(network, at::rand({2, 1, 64, 64}), at::eye(4).slice(0, 1, 2).expand({2, 4}), {},
                 kDefaults)
      .backward();
  const auto gradient =
      network->named_parameters()["decoder.output.weight"].grad().abs().sum({1, 2, 3});
  for (int64_t channel = 0; channel < 4; ++channel) {
    EXPECT_EQ(gradient[channel].item<double>() > 0.0, channel == 1) << channel;
  }
}

TEST(SelectionLoss, NeedsANetworkThatSelects) {
  auto network = make(Representation::image);
  EXPECT_THROW(
      selection_loss(network, at::rand({2, 1, 64, 64}), at::eye(4).slice(0, 0, 2), {}, kDefaults),
      Error);
}

}  // namespace
}  // namespace cxrnet::nn
