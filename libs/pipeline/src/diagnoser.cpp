#include "cxrnet/pipeline/diagnoser.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <future>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/explain/representation.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/out_of_distribution.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
#include "cxrnet/pipeline/segmentation.h"
#include "int8_ranges.h"

namespace cxrnet::pipeline {
namespace {

constexpr double kLowContrast = 16.0;  // standard deviation of the grey values, of 255
constexpr double kLowConfidence = 0.5;

std::vector<double> to_probabilities(const at::Tensor& logits, double temperature) {
  const auto row = at::softmax(logits.to(at::kDouble) / temperature, 1).contiguous();
  return {row.data_ptr<double>(), row.data_ptr<double>() + row.size(1)};
}

double grey_deviation(const cv::Mat& image) {
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(image, mean, deviation);
  return deviation[0];
}

nn::ModelFile require_complete(nn::ModelFile model) {
  if (!model.classifier) {
    throw Error(ErrorCode::corrupt_model,
                "model: expected a classifier, got a file with a segmenter alone; "
                "use it with segment or prepare, or give another with --model");
  }
  if (model.preprocessing.arm == nn::Arm::segmented && !model.segmenter) {
    throw Error(ErrorCode::corrupt_model,
                "model: expected a segmenter beside a classifier for segmented lungs, got "
                "none; train with --segmenter, or give another with --model");
  }
  return model;
}

}  // namespace

Diagnoser::Diagnoser(nn::ModelFile model, const engine::EngineOptions& options)
    : model_(require_complete(std::move(model))), classifier_(model_.classifier, options) {
  if (model_.segmenter) segmenter_.emplace(model_.segmenter, options);
  if (options.precision != engine::Precision::int8) return;
  const auto size = model_.preprocessing.size;
  set_ranges(model_.int8_ranges, "classifier", size, classifier_.engine());
  if (segmenter_) set_ranges(model_.int8_ranges, "segmenter", size, segmenter_->engine());
}

// Compiles both networks side by side where there are threads for it, which is most of what a first
// answer takes; else each is compiled when it runs first.
void Diagnoser::prepare() {
  if (std::exchange(prepared_, true) || !segmenter_ || at::get_num_threads() == 1) return;
  const engine::Pair side{model_.preprocessing.size, model_.preprocessing.size};
  auto classifier = std::async([&] {
    at::get_num_threads();  // sets this thread up: kernels are made for as many threads as it has
    classifier_.engine().prepare(side);
  });
  segmenter_->engine().prepare(side);
  classifier.get();
}

Diagnosis Diagnoser::diagnose(const imaging::GreyImage& image, bool explain) {
  prepare();
  const auto input = to_square(image, model_.preprocessing);
  Diagnosis diagnosis;
  diagnosis.image = input.source;
  cv::Mat square_mask;
  if (segmenter_) {
    square_mask = segment_lungs(*segmenter_, input.square);
    diagnosis.mask = imaging::back_to_source(square_mask, input.placement, cv::INTER_NEAREST);
    diagnosis.lung_fraction = lung_fraction(diagnosis.mask);
  }
  diagnosis.enhanced = classifier_input(input.square, square_mask, model_.preprocessing);
  classify(diagnosis, input.placement, explain);
  diagnosis.flags = find_flags(diagnosis);
  return diagnosis;
}

at::Tensor Diagnoser::representation(const Diagnosis& diagnosis, int64_t target) {
  const at::NoGradGuard no_grad;
  const auto answer =
      classifier_.answer(to_tensor(diagnosis.enhanced), /*with_representation=*/true);
  return explain::heat_of_answer(answer.representation, answer.logits,
                                 at::full({1}, target, at::kLong));
}

void Diagnoser::classify(Diagnosis& diagnosis, const imaging::Placement& placement, bool explain) {
  const at::NoGradGuard no_grad;
  const auto answer = classifier_.answer(to_tensor(diagnosis.enhanced), explain);
  if (explain) {
    const auto heat = explain::heat_of_answer(answer.representation, answer.logits);
    diagnosis.heat = imaging::back_to_source(to_image(heat), placement, cv::INTER_LINEAR);
  }
  diagnosis.probabilities = to_probabilities(answer.logits, model_.calibration.temperature);
  diagnosis.calibrated = model_.calibration.fitted;
  const auto top = std::max_element(diagnosis.probabilities.begin(), diagnosis.probabilities.end());
  diagnosis.label = nn::kLabels[static_cast<std::size_t>(top - diagnosis.probabilities.begin())];
  if (model_.ood.fitted) {
    diagnosis.feature_distance =
        nn::feature_distance(model_.ood, answer.pooled_features).item<double>();
  }
}

std::vector<Flag> Diagnoser::find_flags(const Diagnosis& diagnosis) const {
  std::vector<Flag> flags;
  const auto& ood = model_.ood;
  if (std::min(diagnosis.image.rows, diagnosis.image.cols) < model_.preprocessing.size)
    flags.push_back(Flag::low_resolution);
  if (grey_deviation(diagnosis.image) < kLowContrast) flags.push_back(Flag::low_contrast);
  if (ood.fitted && !diagnosis.mask.empty() &&
      (diagnosis.lung_fraction < ood.lung_fraction_low ||
       diagnosis.lung_fraction > ood.lung_fraction_high)) {
    flags.push_back(Flag::unusual_lung_fraction);
  }
  if (ood.fitted && diagnosis.feature_distance > ood.distance_threshold)
    flags.push_back(Flag::out_of_distribution);
  if (*std::max_element(diagnosis.probabilities.begin(), diagnosis.probabilities.end()) <
      kLowConfidence) {
    flags.push_back(Flag::low_confidence);
  }
  return flags;
}

}  // namespace cxrnet::pipeline
