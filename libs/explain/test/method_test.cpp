// One contract for every method over every encoder.
#include "cxrnet/explain/method.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cxrnet/explain/heat_map.h"
#include "cxrnet/nn/cxr_net.h"
#include "error_matchers.h"
#include "small_models.h"

namespace cxrnet::explain {
namespace {

std::vector<Method> all_methods() {
  std::vector<Method> methods;
  for (const auto& [method, name] : EnumNames<Method>::values) methods.push_back(method);
  return methods;
}

at::Tensor left_half_of(const at::Tensor& image) {
  auto lungs = at::zeros_like(image);
  lungs.narrow(2, 10, 40).narrow(3, 8, 20).fill_(1.0F);
  lungs.narrow(2, 12, 40).narrow(3, 40, 22).fill_(1.0F);
  return lungs;
}

Question odd_question() {
  at::manual_seed(11);
  const auto image = at::rand({2, 1, 75, 97});
  return {.image = image, .target = at::tensor({2, 0}, at::kLong), .lungs = left_half_of(image)};
}

Question part(const Question& question, int64_t n) {
  return {.image = question.image.narrow(0, n, 1),
          .target = question.target.narrow(0, n, 1),
          .lungs = question.lungs.narrow(0, n, 1)};
}

// Everything of a model that an explanation must leave alone.
struct State {
  std::vector<at::Tensor> tensors;
  std::vector<at::Tensor> gradients;
  std::vector<bool> modes, requires_grad;

  explicit State(nn::CxrNet& model) {
    for (const auto& parameter : model->parameters()) {
      tensors.push_back(parameter.detach().clone());
      gradients.push_back(parameter.grad());
      requires_grad.push_back(parameter.requires_grad());
    }
    for (const auto& buffer : model->buffers()) tensors.push_back(buffer.clone());
    for (const auto& module : model->modules()) modes.push_back(module->is_training());
  }

  bool operator==(const State& other) const {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (!at::equal(tensors[i], other.tensors[i])) return false;
    }
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!gradients[i].is_same(other.gradients[i])) return false;
    }
    return modes == other.modes && requires_grad == other.requires_grad;
  }
};

// In training, with one part in evaluation mode, one parameter frozen and one that has a gradient.
void stir(nn::CxrNet& model) {
  model->train();
  model->head()->eval();
  auto parameters = model->parameters();
  parameters[0].requires_grad_(false);
  parameters[1].mutable_grad() = at::ones_like(parameters[1]);
}

class MethodContract : public testing::TestWithParam<std::tuple<nn::Architecture, Method>> {
 protected:
  nn::CxrNet model_ = test::small_network(std::get<0>(GetParam()));
  Method method_ = std::get<1>(GetParam());
};

TEST_P(MethodContract, GivesAHeatMapOfTheImagesSizeAndLeavesTheModelUntouched) {
  const auto question = odd_question();
  stir(model_);
  const State before(model_);
  at::manual_seed(3);
  const auto drawn = at::rand({4});
  at::manual_seed(3);
  const auto heat = explain(model_, method_, question, test::few_passes());
  EXPECT_TRUE(at::equal(at::rand({4}), drawn)) << "the global random generator moved";
  EXPECT_TRUE(State(model_) == before);

  ASSERT_EQ(heat.sizes().vec(), (std::vector<int64_t>{2, 1, 75, 97}));
  EXPECT_EQ(heat.scalar_type(), at::kFloat);
  EXPECT_FALSE(heat.requires_grad());
  EXPECT_TRUE(at::isfinite(heat).all().item<bool>());
  EXPECT_GE(heat.min().item<float>(), 0.0F);
  EXPECT_LE(heat.max().item<float>(), 1.0F);
  if (method_ == Method::representation) return;
  for (int64_t n = 0; n < 2; ++n) {
    EXPECT_EQ(heat[n].min().item<float>(), 0.0F);
    const auto highest = heat[n].max().item<float>();
    EXPECT_TRUE(highest == 1.0F || highest == 0.0F) << highest;  // 0: a constant map
  }
}

TEST_P(MethodContract, TreatsABatchAsItsImagesOneByOneAndIsDeterministic) {
  const auto question = odd_question();
  auto options = test::few_passes();
  const auto together = explain(model_, method_, question, options);
  const auto again = explain(model_, method_, question, options);
  EXPECT_TRUE(at::allclose(again, together, 0.0, 1e-6));
  options.passes.batch_size = 5;
  for (int64_t n = 0; n < 2; ++n) {
    const auto alone = explain(model_, method_, part(question, n), options);
    EXPECT_TRUE(at::allclose(alone[0], together[n], 0.0, 2e-3))
        << "image " << n << " differs by " << (alone[0] - together[n]).abs().max().item<float>();
  }
}

INSTANTIATE_TEST_SUITE_P(All, MethodContract,
                         testing::Combine(testing::ValuesIn(test::kArchitectures),
                                          testing::ValuesIn(all_methods())),
                         [](const auto& test) {
                           return std::string(to_string(std::get<0>(test.param))) + "_" +
                                  std::string(to_string(std::get<1>(test.param)));
                         });

TEST(MethodTest, LeavesTheModelUntouchedAfterAnError) {
  auto model = test::small_network(nn::Architecture::inception_v3);
  stir(model);
  const State before(model);
  const Question too_small{.image = at::rand({1, 1, 40, 40}),
                           .target = at::tensor({1}, at::kLong),
                           .lungs = at::ones({1, 1, 40, 40})};
  for (const auto method : all_methods()) {
    if (method == Method::random || method == Method::lung_mask || method == Method::edges)
      continue;
    SCOPED_TRACE(to_string(method));
    EXPECT_EQ(caught([&] { explain(model, method, too_small); }).code, ErrorCode::image_too_small);
    EXPECT_TRUE(State(model) == before);
    EXPECT_TRUE(at::GradMode::is_enabled());
  }
}

TEST(MethodTest, AnswersForAnEmptyBatch) {
  auto model = test::small_network(nn::Architecture::alexnet);
  const Question nothing{.image = at::zeros({0, 1, 64, 64}),
                         .target = at::zeros({0}, at::kLong),
                         .lungs = at::zeros({0, 1, 64, 64})};
  for (const auto method : all_methods())
    EXPECT_EQ(explain(model, method, nothing).sizes().vec(), (std::vector<int64_t>{0, 1, 64, 64}));
}

TEST(MethodTest, TakesThreeChannelEncoders) {
  nn::CxrNetOptions options;
  options.encoder = {
      .architecture = nn::Architecture::resnet34, .input_channels = 3, .width = 0.125};
  options.decoder.widths = {8, 8, 8, 8, 8};
  nn::CxrNet model(options);
  const auto question = odd_question();
  for (const auto method : all_methods()) {
    EXPECT_EQ(explain(model, method, question, test::few_passes()).sizes(), question.image.sizes());
  }
}

TEST(MethodTest, AnswersForTheClassAskedAbout) {
  auto model = test::small_network(nn::Architecture::resnet34);
  {
    const at::NoGradGuard no_gradient;
    model->head()->fc()->weight.mul_(100.0);  // a fresh network's logits hardly differ
  }
  auto question = odd_question();
  question.image[1].copy_(question.image[0]);
  const std::set<Method> classless{Method::representation, Method::random, Method::lung_mask,
                                   Method::edges};
  for (const auto method : all_methods()) {
    SCOPED_TRACE(to_string(method));
    const auto heat = explain(model, method, question, test::few_passes());
    const bool same = at::allclose(heat[0], heat[1], 0.0, 1e-3);
    EXPECT_EQ(same, classless.contains(method));
  }
}

TEST(MethodTest, DrawsFromItsSeed) {
  auto model = test::small_network(nn::Architecture::alexnet);
  const auto question = odd_question();
  for (const auto method : {Method::smoothgrad, Method::rise, Method::random}) {
    SCOPED_TRACE(to_string(method));
    auto options = test::few_passes();
    options.passes.seed = 1;
    const auto one = explain(model, method, question, options);
    options.passes.seed = 2;
    EXPECT_FALSE(at::allclose(explain(model, method, question, options), one, 0.0, 1e-2));
  }
}

// Sundararajan et al. 2017, section 3, on a real network: the more steps, the closer.
TEST(MethodTest, IntegratedGradientsAreCompleteOnANetwork) {
  auto model = test::small_network(nn::Architecture::resnet34);
  model->eval();
  const auto question = odd_question();
  const auto classifier = [&](const at::Tensor& input) { return model->classify(input); };
  const auto attribution =
      integrated_gradients(classifier, question.image, question.target,
                           {.integrated_gradients_steps = 100}, {.batch_size = 16});
  const at::NoGradGuard no_gradient;
  const auto gain =
      model->classify(question.image) - model->classify(at::zeros_like(question.image));
  for (int64_t n = 0; n < 2; ++n) {
    const auto expected = gain[n][question.target[n].item<int64_t>()].item<double>();
    ASSERT_GT(std::abs(expected), 1e-3);
    EXPECT_NEAR(attribution[n].sum().item<double>(), expected, 0.03 * std::abs(expected));
  }
}

TEST(MethodTest, RefusesWrongQuestions) {
  auto model = test::small_network(nn::Architecture::alexnet);
  const auto good = odd_question();
  struct Row {
    const char* name;
    Question question;
    ErrorCode code;
    const char* message;
  };
  auto with = [&](auto change) {
    auto question = good;
    change(question);
    return question;
  };
  const std::vector<Row> rows{
      {"colour", with([](auto& q) {
         q.image = at::rand({2, 3, 75, 97});
       }),
       ErrorCode::invalid_shape, "image"},
      {"doubles", with([](auto& q) { q.image = q.image.to(at::kDouble); }),
       ErrorCode::invalid_shape, "image"},
      {"one target for two", with([](auto& q) { q.target = q.target.narrow(0, 0, 1); }),
       ErrorCode::invalid_shape, "target"},
      {"float target", with([](auto& q) { q.target = q.target.to(at::kFloat); }),
       ErrorCode::invalid_shape, "target"},
      {"no target", with([](auto& q) { q.target = at::Tensor(); }), ErrorCode::invalid_shape,
       "target"},
      {"class 4 of 4", with([](auto& q) {
         q.target = at::tensor({0, 4}, at::kLong);
       }),
       ErrorCode::invalid_option, "from 0 to 3, got 4"},
      {"class -1", with([](auto& q) {
         q.target = at::tensor({-1, 4}, at::kLong);
       }),
       ErrorCode::invalid_option, "from 0 to 3, got -1"},
      {"other lungs", with([](auto& q) {
         q.lungs = at::zeros({2, 1, 75, 96});
       }),
       ErrorCode::invalid_shape, "lungs"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto error = caught([&] { explain(model, Method::saliency, row.question); });
    EXPECT_EQ(error.code, row.code);
    EXPECT_NE(error.message.find(row.message), std::string::npos) << error.message;
  }
}

TEST(MethodTest, RefusesWhatAMethodCannotDo) {
  auto model = test::small_network(nn::Architecture::alexnet);
  auto question = odd_question();
  auto options = test::few_passes();
  options.activations.cam_level = 5;
  EXPECT_EQ(caught([&] { explain(model, Method::grad_cam, question, options); }).code,
            ErrorCode::invalid_option);
  question.lungs = at::Tensor();
  const auto error = caught([&] { explain(model, Method::lung_mask, question); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("lung masks"), std::string::npos) << error.message;

  nn::CxrNetOptions plain;
  plain.encoder = {.architecture = nn::Architecture::alexnet, .width = 0.125};
  plain.representation = nn::Representation::none;
  nn::CxrNet classifier(plain);
  EXPECT_EQ(caught([&] { explain(classifier, Method::representation, question); }).code,
            ErrorCode::invalid_option);
  EXPECT_EQ(explain(classifier, Method::saliency, question).sizes(), question.image.sizes());
}

TEST(MethodTest, RefusesAModelThatGivesNaN) {
  auto model = test::small_network(nn::Architecture::alexnet);
  at::NoGradGuard no_gradient;
  model->head()->fc()->weight.fill_(std::numeric_limits<float>::quiet_NaN());
  for (const auto method : {Method::saliency, Method::grad_cam, Method::rise, Method::occlusion}) {
    EXPECT_EQ(caught([&] { explain(model, method, odd_question(), test::few_passes()); }).code,
              ErrorCode::diverged)
        << to_string(method);
  }
}

TEST(MethodTest, DescribesEachMethodInALineOfItsOwn) {
  std::set<std::string_view> lines;
  for (const auto method : all_methods()) {
    const auto line = describe(method);
    EXPECT_GT(line.size(), 10U);
    EXPECT_EQ(line.find('\n'), std::string_view::npos);
    lines.insert(line);
  }
  EXPECT_EQ(lines.size(), all_methods().size());
}

// One image of three is not a number: its map is dead, the others are their own.
TEST(ExplainOrDead, AMapThatIsNotANumberIsDeadAndTheOthersStand) {
  auto model = test::small_network(nn::Architecture::resnet34);
  const auto method = Method::integrated_gradients;  // multiplies by the pixel
  at::manual_seed(3);
  auto image = at::rand({3, 1, 64, 64});
  const auto target = at::tensor({0, 1, 2}, at::kLong);
  const auto whole =
      explain(model, method, {.image = image, .target = target, .lungs = {}}, test::few_passes());
  image[1].fill_(std::numeric_limits<float>::quiet_NaN());
  const Question question{.image = image, .target = target, .lungs = {}};
  EXPECT_EQ(caught([&] { explain(model, method, question, test::few_passes()); }).code,
            ErrorCode::diverged);
  const auto heat = explain_or_dead(model, method, question, test::few_passes());
  EXPECT_TRUE(at::equal(is_dead(heat).to(at::kLong), at::tensor({0, 1, 0}, at::kLong)));
  EXPECT_TRUE(at::allclose(heat[0], whole[0], 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(heat[2], whole[2], 1e-4, 1e-4));
  const auto drawn = explain_or_dead(model, Method::representation, question, test::few_passes());
  EXPECT_TRUE(at::isfinite(drawn).all().item<bool>());
}

}  // namespace
}  // namespace cxrnet::explain
