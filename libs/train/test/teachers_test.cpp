#include "cxrnet/train/teachers.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cxrnet/core/error.h"

namespace cxrnet::train {
namespace {

// A classifier that says the same of every image: logits `logits` before its temperature.
nn::ModelFile constant_model(const std::vector<float>& logits, double temperature) {
  nn::ModelFile model;
  model.classifier = nn::CxrNet(nn::CxrNetOptions{
      .encoder = {.architecture = nn::Architecture::resnet34, .input_channels = 1, .width = 0.125},
      .decoder = {},
      .representation = nn::Representation::none});
  const at::NoGradGuard no_grad;
  model.classifier->head()->fc()->weight.zero_();
  model.classifier->head()->fc()->bias.copy_(at::tensor(logits));
  model.calibration = {.temperature = temperature, .fitted = true};
  model.preprocessing = {};
  return model;
}

TEST(Teachers, HaveTheirShareOfTheTarget) {
  // softmax(2 ln(1, 2, 3, 4) / 2) = (0.1, 0.2, 0.3, 0.4), and its mirror image
  std::vector<float> rising;
  for (const double odds : {1.0, 2.0, 3.0, 4.0})
    rising.push_back(static_cast<float>(2.0 * std::log(odds)));
  const std::vector<float> falling(rising.rbegin(), rising.rend());
  const auto image = at::rand({2, 1, 64, 64});
  const auto target = at::tensor({1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F}).view({2, 4});

  Teachers one({constant_model(rising, 2.0)}, 0.25, {});
  one.move_to(at::kCPU);
  const auto mixed = at::tensor({0.775F, 0.05F, 0.075F, 0.1F, 0.025F, 0.05F, 0.075F, 0.85F});
  EXPECT_TRUE(at::allclose(one.mix_into(target, image), mixed.view({2, 4}), 1e-5, 1e-6));

  Teachers both({constant_model(rising, 2.0), constant_model(falling, 2.0)}, 1.0, {});
  both.move_to(at::kCPU);
  EXPECT_TRUE(at::allclose(both.mix_into(target, image), at::full({2, 4}, 0.25), 1e-5, 1e-6));
}

TEST(Teachers, SayNothingOfImagesThatShowNothing) {
  Teachers teachers({constant_model({5, 0, 0, 0}, 1.0)}, 0.5, {});
  teachers.move_to(at::kCPU);
  const auto target = at::tensor({0.25F, 0.25F, 0.25F, 0.25F, 0.0F, 1.0F, 0.0F, 0.0F}).view({2, 4});
  const auto mixed = teachers.mix_into(target, at::rand({2, 1, 64, 64}));
  EXPECT_TRUE(mixed[0].equal(target[0]));
  EXPECT_FALSE(mixed[1].equal(target[1]));
}

TEST(Teachers, NoneLeaveTheTarget) {
  const auto target = at::rand({3, 4});
  EXPECT_TRUE(Teachers().mix_into(target, at::rand({3, 1, 64, 64})).is_same(target));
}

TEST(Teachers, RefuseWhatCannotTeach) {
  EXPECT_THROW(Teachers({nn::ModelFile{}}, 0.5, {}), Error);
  EXPECT_THROW(Teachers({constant_model({0, 0, 0, 0}, 1.0)}, 1.5, {}), Error);
  auto untrained = constant_model({0, 0, 0, 0}, 1.0);
  untrained.calibration.fitted = false;
  EXPECT_THROW(Teachers({untrained}, 0.5, {}), Error);
  auto whole_images = constant_model({0, 0, 0, 0}, 1.0);
  whole_images.preprocessing.arm = nn::Arm::original;
  EXPECT_THROW(Teachers({whole_images}, 0.5, {}), Error);
  Teachers four_classes({constant_model({0, 0, 0, 0}, 1.0)}, 0.5, {});
  four_classes.move_to(at::kCPU);
  EXPECT_THROW(four_classes.mix_into(at::rand({1, 2}), at::rand({1, 1, 64, 64})), Error);
}

}  // namespace
}  // namespace cxrnet::train
