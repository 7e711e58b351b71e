// Bright = important: networks that see one bright patch must give maps that are brightest there.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "cxrnet/nn/cxr_net.h"
#include "small_models.h"

namespace cxrnet::explain {
namespace {

constexpr int64_t kSide = 192, kPatch = 32, kTop = 128, kLeft = 32;

// Every kernel passes on its middle alone, so that the network sees no farther than its strides and
// poolings let it: black (-2 behind the normalisation) is rectified to 0 by the first layer, and
// what is left is the bright patch.
nn::CxrNet network_that_sees_bright_patches(nn::Architecture architecture) {
  auto model = test::small_network(architecture);
  const at::NoGradGuard no_gradient;
  for (auto& item : model->named_parameters()) {
    auto& parameter = item.value();
    if (parameter.dim() == 4) {
      parameter.zero_();
      parameter.select(3, parameter.size(3) / 2)
          .select(2, parameter.size(2) / 2)
          .fill_(1.0 / static_cast<double>(parameter.size(1)));
    } else if (item.key().ends_with("bias")) {
      parameter.zero_();
    } else {
      parameter.fill_(1.0);
    }
  }
  model->eval();
  return model;
}

at::Tensor black_with_patch() {
  auto image = at::zeros({1, 1, kSide, kSide});
  image.narrow(2, kTop, kPatch).narrow(3, kLeft, kPatch).fill_(1.0F);
  return image;
}

// How far from the patch a map may peak: one cell of its own resolution.
int64_t margin_px(nn::CxrNet& model, Method method, const MethodOptions& options) {
  const at::NoGradGuard no_gradient;
  switch (method) {
    case Method::grad_cam:
    case Method::grad_cam_plus_plus:
    case Method::score_cam:
    case Method::layer_cam: {
      const auto level = method == Method::layer_cam ? options.activations.layer_cam_level
                                                     : options.activations.cam_level;
      return kSide /
             model->features(black_with_patch()).at(static_cast<std::size_t>(level)).size(2);
    }
    case Method::rise:
      return kSide / options.masking.rise_grid / 2;
    default:
      return 0;
  }
}

class Orientation : public testing::TestWithParam<std::tuple<nn::Architecture, Method>> {};

TEST_P(Orientation, PeaksAtThePatch) {
  const auto& [architecture, method] = GetParam();
  auto model = network_that_sees_bright_patches(architecture);
  auto options = test::few_passes();
  options.masking.rise_masks = 40;
  options.masking.rise_grid = 6;
  options.gradients.smoothgrad_noise = 0.05;  // black stays below what the first layer lets through
  const Question question{
      .image = black_with_patch(), .target = at::zeros({1}, at::kLong), .lungs = {}};
  const auto heat = explain(model, method, question, options)[0][0];
  const auto peak = heat.argmax().item<int64_t>();
  const auto margin = margin_px(model, method, options);
  EXPECT_GE(peak / kSide, kTop - margin);
  EXPECT_LT(peak / kSide, kTop + kPatch + margin);
  EXPECT_GE(peak % kSide, kLeft - margin);
  EXPECT_LT(peak % kSide, kLeft + kPatch + margin);
  const auto inside = heat.narrow(0, kTop, kPatch).narrow(1, kLeft, kPatch);
  EXPECT_GT(inside.mean().item<double>(), 2.0 * heat.mean().item<double>());
}

INSTANTIATE_TEST_SUITE_P(
    All, Orientation,
    testing::Combine(testing::ValuesIn(test::kArchitectures),
                     testing::Values(Method::saliency, Method::smoothgrad,
                                     Method::integrated_gradients, Method::grad_cam,
                                     Method::grad_cam_plus_plus, Method::layer_cam,
                                     Method::score_cam, Method::rise, Method::occlusion)),
    [](const auto& test) {
      return std::string(to_string(std::get<0>(test.param))) + "_" +
             std::string(to_string(std::get<1>(test.param)));
    });

}  // namespace
}  // namespace cxrnet::explain
