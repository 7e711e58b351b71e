#include "cxrnet/pipeline/precision.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
#include "int8_ranges.h"

namespace cxrnet::pipeline {
namespace {

constexpr std::size_t kWorthATrial = 32;  // images
constexpr int64_t kProbeSize = 256;       // pixels
constexpr double kTolerance = 0.01;       // of a probability
// What int8 may change in the mean on the images that calibrate it, chosen on such images: the
// default model keeps the labels there that it has in f32.
constexpr double kInt8Tolerance = 7.5e-4;  // of a probability
constexpr std::array kProbes{imaging::Finding::healthy, imaging::Finding::bacterial,
                             imaging::Finding::viral, imaging::Finding::covid19};

imaging::GreyImage probe(imaging::Finding finding) {
  imaging::PhantomOptions options;
  options.size = kProbeSize;
  options.finding = finding;
  return imaging::decode_image(imaging::encode_png(imaging::render_phantom(options).image));
}

// The largest difference of a probability; infinite where the label differs, and where the model
// does not fit the precision.
double difference_from_f32(const nn::ModelFile& model, engine::Precision precision) try {
  Diagnoser exact(model);
  Diagnoser fast(model, {.precision = precision});
  double largest = 0.0;
  for (const auto finding : kProbes) {
    const auto image = probe(finding);
    const auto expected = exact.diagnose(image, /*explain=*/false);
    const auto actual = fast.diagnose(image, /*explain=*/false);
    if (actual.label != expected.label) return std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < expected.probabilities.size(); ++i) {
      const double difference = std::abs(actual.probabilities[i] - expected.probabilities[i]);
      if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
      largest = std::max(largest, difference);
    }
  }
  return largest;
} catch (const Error& error) {
  if (error.code() != ErrorCode::invalid_option) throw;
  return std::numeric_limits<double>::infinity();
}

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
  ranges[network] = ranges_to_json(engine, {images.size(2), images.size(3)});
}

// A precision, and why.
using Choice = std::pair<engine::Precision, std::string>;

Choice choose_by_trial(const nn::ModelFile& model, std::size_t images) {
  if (images < kWorthATrial) {
    return {engine::Precision::f32, "f32, since a trial of others is worth it from " +
                                        std::to_string(kWorthATrial) + " images on"};
  }
  std::string tried;
  for (const auto precision : {engine::Precision::int8, engine::Precision::bf16}) {
    const std::string name(to_string(precision));
    if (precision == engine::Precision::int8 && model.int8_ranges.empty()) {
      tried += "; int8: the model is not calibrated for it";
    } else if (!engine::supports(precision)) {
      tried += "; " + name + ": this processor has no kernels for it";
    } else if (const double difference = difference_from_f32(model, precision);
               difference > kTolerance) {
      tried += "; " + name + ": answers phantoms otherwise than f32 does";
    } else {
      return {precision, name + ", whose probabilities of phantoms are within " +
                             std::to_string(kTolerance).substr(0, 4) + " of f32's" + tried};
    }
  }
  return {engine::Precision::f32, "f32" + tried};
}

Choice choose_precision(RequestedPrecision requested, const nn::ModelFile& model,
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
