#include "cxrnet/pipeline/precision.h"

#include <ATen/Functions.h>

#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
#include "int8_ranges.h"
#include "precision_trial.h"

namespace cxrnet::pipeline {
namespace {

constexpr std::size_t kWorthATrial = 32;  // images
// What int8 may change in the mean on the images that calibrate it, chosen on such images: the
// default model keeps the labels there that it has in f32.
constexpr double kInt8Tolerance = 7.5e-4;  // of a probability

using Tensors = std::vector<at::Tensor>;

double mean_difference(const at::Tensor& probabilities, const at::Tensor& exact) {
  return (probabilities - exact).abs().mean().item<double>();
}

// Into `ranges` under the network's name, and under "spared" how many values were left out.
void measure_ranges(nlohmann::json& ranges, const char* network, engine::Engine& engine,
                    const at::Tensor& images, const engine::Difference& difference) {
  engine.calibrate(images);
  if (engine::supports(engine::Precision::int8))
    ranges["spared"][network] = engine.spare_sensitive(images, difference, kInt8Tolerance);
  keep_ranges(ranges, network, engine, {images.size(2), images.size(3)});
}

PrecisionChoice choose_by_trial(const nn::ModelFile& model, std::size_t images) {
  if (images < kWorthATrial) {
    return {engine::Precision::f32, "f32, since a trial of others is worth it from " +
                                        std::to_string(kWorthATrial) + " images on"};
  }
  return choose(try_precisions(model, images));
}

PrecisionChoice choose_precision(RequestedPrecision requested, const nn::ModelFile& model,
                                 std::size_t images) {
  switch (requested) {
    case RequestedPrecision::automatic:
      return choose_by_trial(model, images);
    case RequestedPrecision::f32:
      return {engine::Precision::f32, "f32, as asked for"};
    case RequestedPrecision::bf16:
      return {engine::Precision::bf16, "bf16, as asked for"};
    case RequestedPrecision::int8:
      return {engine::Precision::int8, "int8, as asked for"};
  }
  return {engine::Precision::f32, ""};
}

}  // namespace

EngineChoice choose_engine(RequestedPrecision requested, const nn::ModelFile& model,
                           std::size_t images) {
  auto [precision, reason] = choose_precision(requested, model, images);
  return {.options = engine::options_for(images, precision), .reason = std::move(reason)};
}

engine::ClassifierEngine classifier_engine(const nn::ModelFile& model,
                                           const engine::EngineOptions& options) {
  engine::ClassifierEngine engine(model.classifier, options);
  if (options.precision == engine::Precision::int8)
    set_ranges(model.int8_ranges, "classifier", model.preprocessing.size, engine.engine());
  return engine;
}

nlohmann::json measure_int8_ranges(const nn::ModelFile& model,
                                   const std::vector<imaging::GreyImage>& images) {
  if (images.empty()) {
    throw Error(ErrorCode::empty_input,
                "calibration: expected at least one image, got none; check --side");
  }
  Diagnoser diagnoser(model);
  std::vector<at::Tensor> squares;
  std::vector<at::Tensor> enhanced;
  for (const auto& image : images) {
    squares.push_back(to_tensor(to_square(image, model.preprocessing).square));
    enhanced.push_back(to_tensor(diagnoser.diagnose(image, /*explain=*/false).enhanced));
  }
  const auto size = model.preprocessing.size;
  nlohmann::json ranges{{"size", size}, {"images", images.size()}};
  engine::ClassifierEngine classifier(model.classifier, {});
  const double temperature = model.calibration.temperature;
  measure_ranges(ranges, "classifier", classifier.engine(), at::cat(enhanced),
                 [temperature](const Tensors& answers, const Tensors& exact) {
                   return mean_difference((answers[0] / temperature).softmax(1),
                                          (exact[0] / temperature).softmax(1));
                 });
  if (model.segmenter) {
    engine::SegmenterEngine segmenter(model.segmenter, {});
    measure_ranges(ranges, "segmenter", segmenter.engine(), at::cat(squares),
                   [](const Tensors& answers, const Tensors& exact) {
                     return mean_difference(answers[0], exact[0]);
                   });
  }
  return ranges;
}

}  // namespace cxrnet::pipeline
