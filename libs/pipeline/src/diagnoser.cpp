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

// An image on its way to a diagnosis.
struct Diagnoser::Case {
  std::size_t place;  // among the images
  SquareImage input;
  cv::Mat square_mask = {};  // empty without a segmenter
  Diagnosis diagnosis = {};
};

Diagnoser::Diagnoser(nn::ModelFile model, const engine::EngineOptions& options, std::size_t batch)
    : model_(require_complete(std::move(model))),
      batch_(batch),
      classifier_(model_.classifier, options) {
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
  const auto images = static_cast<int64_t>(batch_);
  const engine::Pair side{model_.preprocessing.size, model_.preprocessing.size};
  auto classifier = std::async([&] {
    at::get_num_threads();  // sets this thread up: kernels are made for as many threads as it has
    classifier_.engine().prepare(side, images);
  });
  segmenter_->engine().prepare(side, images);
  classifier.get();
}

Diagnosis Diagnoser::diagnose(const imaging::GreyImage& image, bool explain) {
  return diagnose_all({&image, 1}, explain).front().take();
}

std::vector<Attempt<Diagnosis>> Diagnoser::diagnose_all(std::span<const imaging::GreyImage> images,
                                                        bool explain) {
  prepare();
  std::vector<Attempt<Diagnosis>> answers(images.size());
  const auto succeeds = [&](std::size_t place, const auto& step) {
    answers[place].failure = attempt([&] { return step(), true; }).failure;
    return !answers[place].failure;
  };
  std::vector<Case> cases;
  for (std::size_t place = 0; place < images.size(); ++place) {
    succeeds(place, [&] {
      cases.push_back({.place = place, .input = to_square(images[place], model_.preprocessing)});
    });
  }
  if (segmenter_ && !cases.empty()) find_lungs(cases);
  std::erase_if(cases, [&](Case& one) {
    return !succeeds(one.place, [&] {
      one.diagnosis.enhanced =
          classifier_input(one.input.square, one.square_mask, model_.preprocessing);
    });
  });
  if (!cases.empty()) classify(cases, explain);
  for (auto& one : cases) answers[one.place].result = std::move(one.diagnosis);
  return answers;
}

// [batch, 1, S, S]: what is compiled is of that size alone.
at::Tensor Diagnoser::filled_up(std::vector<at::Tensor> squares) const {
  const auto missing = static_cast<int64_t>(batch_) - static_cast<int64_t>(squares.size());
  if (missing < 0) {
    throw Error(ErrorCode::invalid_option, "images: expected at most " + std::to_string(batch_) +
                                               " at once, got " + std::to_string(squares.size()) +
                                               "; give fewer");
  }
  const auto size = model_.preprocessing.size;
  if (missing > 0) squares.push_back(at::zeros({missing, 1, size, size}));
  return at::cat(squares);
}

void Diagnoser::find_lungs(std::vector<Case>& cases) {
  std::vector<at::Tensor> squares;
  for (const auto& one : cases) squares.push_back(to_tensor(one.input.square));
  const auto probability = segmenter_->probability(filled_up(std::move(squares)));
  int64_t row = 0;
  for (auto& [place, input, square_mask, diagnosis] : cases) {
    square_mask = lungs_of(probability.narrow(0, row++, 1));
    diagnosis.mask = imaging::back_to_source(square_mask, input.placement, cv::INTER_NEAREST);
    diagnosis.lung_fraction = lung_fraction(diagnosis.mask);
  }
}

at::Tensor Diagnoser::representation(const Diagnosis& diagnosis, int64_t target) {
  const at::NoGradGuard no_grad;
  const auto answer =
      classifier_.answer(to_tensor(diagnosis.enhanced), /*with_representation=*/true);
  return explain::heat_of_answer(answer.representation, answer.logits,
                                 at::full({1}, target, at::kLong));
}

void Diagnoser::classify(std::vector<Case>& cases, bool explain) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> squares;
  for (const auto& one : cases) squares.push_back(to_tensor(one.diagnosis.enhanced));
  const auto answers = classifier_.answer(filled_up(std::move(squares)), explain);
  int64_t row = 0;
  for (auto& [place, input, square_mask, diagnosis] : cases) {
    const auto own = [row](const at::Tensor& all) { return all.narrow(0, row, 1); };
    diagnosis.image = input.source;
    if (explain) {
      const auto heat = explain::heat_of_answer(own(answers.representation), own(answers.logits));
      diagnosis.heat = imaging::back_to_source(to_image(heat), input.placement, cv::INTER_LINEAR);
    }
    conclude(diagnosis, {.logits = own(answers.logits),
                         .pooled_features = own(answers.pooled_features),
                         .representation = {}});
    ++row;
  }
}

// Probabilities, label and flags from the answer to one image.
void Diagnoser::conclude(Diagnosis& diagnosis, const engine::ClassifierAnswer& answer) const {
  diagnosis.probabilities = to_probabilities(answer.logits, model_.calibration.temperature);
  diagnosis.calibrated = model_.calibration.fitted;
  const auto top = std::max_element(diagnosis.probabilities.begin(), diagnosis.probabilities.end());
  diagnosis.label = nn::kLabels[static_cast<std::size_t>(top - diagnosis.probabilities.begin())];
  if (model_.ood.fitted) {
    diagnosis.feature_distance =
        nn::feature_distance(model_.ood, answer.pooled_features).item<double>();
  }
  diagnosis.flags = find_flags(diagnosis);
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
