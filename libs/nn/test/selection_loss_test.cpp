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

TEST(TotalVariation, CountsEdgesByHand) {
  const auto half = at::tensor({0.0F, 0.0F, 1.0F, 1.0F}).view({1, 1, 1, 4}).expand({1, 1, 4, 4});
  const auto board = at::arange(4).view({4, 1}).add(at::arange(4)).remainder(2).to(at::kFloat);
  // One of three steps across differs, none down; in a chequerboard all do.
  EXPECT_NEAR(total_variation(half).item<double>(), (1.0 / 3.0 + 0.0) / 2.0, 1e-6);
  EXPECT_NEAR(total_variation(board.view({1, 1, 4, 4})).item<double>(), 1.0, 1e-6);
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
