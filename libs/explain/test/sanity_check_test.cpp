#include "cxrnet/explain/sanity_check.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/modules/batchnorm.h>

#include <stdexcept>

#include "cxrnet/nn/cxr_net.h"

namespace cxrnet::explain {
namespace {

// As after training: a new ResNet's residual branches are zero.
void let_residuals_take_part(nn::CxrNet& model) {
  const at::NoGradGuard no_grad;
  for (const auto& module : model->modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) norm->weight.fill_(1.0);
  }
}

nn::CxrNet small_model(nn::Architecture architecture = nn::Architecture::resnet34) {
  at::manual_seed(5);
  nn::CxrNetOptions options;
  options.encoder.architecture = architecture;
  options.encoder.width = 0.125;
  options.decoder.widths = {8, 8, 8, 8, 8};
  nn::CxrNet model(options);
  let_residuals_take_part(model);
  model->eval();
  return model;
}

at::Tensor images() {
  at::manual_seed(6);
  return at::rand({2, 1, 64, 64});
}

// |d logit 1 / d pixel|, written down here so that the check does not lean on what it checks.
at::Tensor gradient_map(nn::CxrNet& model) {
  const at::AutoGradMode recording(true);
  const auto input = images().requires_grad_(true);
  const auto logit = model->classify(input).select(1, 1).sum();
  const auto size = torch::autograd::grad({logit}, {input}).front().abs();
  return size / size.amax({1, 2, 3}, /*keepdim=*/true);
}

// What it looks at is the image alone.
at::Tensor edge_map(nn::CxrNet&) {
  const auto image = images();
  return (image - at::avg_pool2d(image, 3, 1, 1)).abs();
}

std::vector<at::Tensor> weights(nn::CxrNet& model) {
  std::vector<at::Tensor> copies;
  for (const auto& tensor : model->parameters()) copies.push_back(tensor.detach().clone());
  for (const auto& tensor : model->buffers()) copies.push_back(tensor.clone());
  return copies;
}

void expect_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i])) << i;
}

TEST(SanityCheck, GoesFromTheHeadDownwards) {
  auto resnet = small_model();
  EXPECT_EQ(
      sanity_layers(resnet),
      (std::vector<std::string>{"head.fc", "encoder.layer4", "encoder.layer3", "encoder.layer2",
                                "encoder.layer1", "encoder.bn1", "encoder.conv1", "decoder"}));
  auto alexnet = small_model(nn::Architecture::alexnet);
  EXPECT_EQ(sanity_layers(alexnet),
            (std::vector<std::string>{"head.fc", "encoder.features.10", "encoder.features.8",
                                      "encoder.features.6", "encoder.features.3",
                                      "encoder.features.0", "decoder"}));
}

TEST(SanityCheck, AMapThatIgnoresTheModelStaysExactlyTheSame) {
  auto model = small_model();
  const auto steps = sanity_check(model, edge_map);
  ASSERT_EQ(steps.size(), 8U);
  for (const auto& step : steps) {
    EXPECT_EQ(step.ssim.value, 1.0) << step.layer;
    EXPECT_EQ(step.rank_correlation.value, 1.0) << step.layer;
    EXPECT_EQ(step.n_dead, 0);
    EXPECT_EQ(step.n, 2);
  }
}

TEST(SanityCheck, AGradientMapFollowsTheWeights) {
  auto model = small_model();
  // The classifier as a whole is random after the last layer of its encoder: unrelated maps.
  const auto steps = sanity_check(model, gradient_map);
  for (const auto& step : steps) {
    EXPECT_LT(step.rank_correlation.value.value(), 0.6) << step.layer;
    EXPECT_LT(step.ssim.value.value(), 0.6) << step.layer;
  }
  EXPECT_LT(steps[6].rank_correlation.value.value(), 0.3);
}

// What the last step sees is a new network of the seed.
TEST(SanityCheck, EndsInTheNetworkThatTheSeedMakes) {
  auto model = small_model();
  std::vector<std::vector<at::Tensor>> seen;
  sanity_check(
      model,
      [&](nn::CxrNet& network) {
        seen.push_back(weights(network));
        return edge_map(network);
      },
      9);
  at::manual_seed(9);
  nn::CxrNet fresh(model->options());
  let_residuals_take_part(fresh);
  expect_equal(seen.back(), weights(fresh));
  // One step earlier the decoder was still the model's own.
  ASSERT_EQ(seen.size(), 9U);
  const auto own = weights(model);
  EXPECT_TRUE(at::equal(seen.front().front(), own.front()));
  expect_equal(seen.front(), own);
}

TEST(SanityCheck, LeavesTheModelAndTheRandomNumbersAsTheyWere) {
  auto model = small_model();
  model->train();
  const auto before = weights(model);
  const auto random = at::detail::getDefaultCPUGenerator().get_state();
  sanity_check(model, [](nn::CxrNet&) { return at::full({1, 1, 16, 16}, 0.5F); });
  expect_equal(weights(model), before);
  EXPECT_TRUE(at::equal(random, at::detail::getDefaultCPUGenerator().get_state()));
  EXPECT_TRUE(model->is_training());
  for (const auto& parameter : model->parameters()) EXPECT_FALSE(parameter.grad().defined());
}

TEST(SanityCheck, GivesTheWeightsBackAfterAnErrorToo) {
  auto model = small_model();
  const auto before = weights(model);
  int calls = 0;
  const HeatOf breaks = [&](nn::CxrNet& network) {
    if (++calls == 4) throw std::runtime_error("stop");
    return edge_map(network);
  };
  EXPECT_THROW(sanity_check(model, breaks), std::runtime_error);
  expect_equal(weights(model), before);
}

// A dead map is like nothing and unlike nothing: it is counted, not compared.
TEST(SanityCheck, CountsDeadMapsAndComparesTheOthers) {
  auto model = small_model();
  int calls = 0;
  const auto steps = sanity_check(model, [&](nn::CxrNet& network) {
    auto maps = edge_map(network).clone();
    ++calls;
    if (calls == 2) maps.zero_();
    if (calls == 3) maps[0].fill_(0.5F);
    return maps;
  });
  EXPECT_EQ(steps[0].n_dead, 2);
  EXPECT_EQ(steps[0].n, 0);
  EXPECT_FALSE(steps[0].rank_correlation.value);
  EXPECT_FALSE(steps[0].ssim.value);
  EXPECT_EQ(steps[1].n_dead, 1);
  EXPECT_EQ(steps[1].ssim.value, 1.0);
  EXPECT_EQ(steps[1].rank_correlation.value, 1.0);
}

}  // namespace
}  // namespace cxrnet::explain
