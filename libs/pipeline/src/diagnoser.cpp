#include "cxrnet/pipeline/diagnoser.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <exception>
#include <future>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/threads.h"
#include "cxrnet/explain/representation.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/out_of_distribution.h"
#include "cxrnet/pipeline/golden_check.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
#include "cxrnet/pipeline/segmentation.h"
#include "int8_ranges.h"

namespace cxrnet::pipeline {
namespace {

constexpr double kLowContrast = 16.0;  // standard deviation of the grey values, of 255
constexpr double kLowConfidence = 0.5;
// Films and detectors are at most 1 to 1.25 (35 x 43 cm); cut by hand, some reach 2.
constexpr int kUnusualAspect = 2;

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

Flag flag_of(imaging::Doubt doubt) {
  switch (doubt) {
    case imaging::Doubt::view:
      return Flag::doubtful_view;
    case imaging::Doubt::body_part:
      return Flag::doubtful_body_part;
    case imaging::Doubt::orientation:
      return Flag::unusual_orientation;
    case imaging::Doubt::for_processing:
      return Flag::for_processing;
    case imaging::Doubt::secondary:
      return Flag::secondary_capture;
    case imaging::Doubt::polarity:
      return Flag::disputed_polarity;
  }
  return Flag::doubtful_view;
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

// An image on its way to a diagnosis, or to its refusal.
struct Diagnoser::Case {
  SquareImage input = {};
  cv::Mat square_mask = {};  // empty without a segmenter
  Diagnosis diagnosis = {};
  std::exception_ptr failure = {};

  // What is thrown here ends this image's way alone.
  template <class Step>
  void go_on(const Step& step) {
    failure = attempt([&] { return step(), true; }).failure;
  }
};

Diagnoser::Diagnoser(nn::ModelFile model, const engine::EngineOptions& options, std::size_t batch)
    : model_(require_complete(std::move(model))),
      batch_(batch),
      options_(options),
      classifier_(model_.classifier, options) {
  if (model_.segmenter) segmenter_.emplace(model_.segmenter, options);
  if (options.precision != engine::Precision::int8) return;
  const auto size = model_.preprocessing.size;
  set_ranges(model_.int8_ranges, "classifier", size, classifier_.engine());
  if (segmenter_) set_ranges(model_.int8_ranges, "segmenter", size, segmenter_->engine());
}

// Compiles both networks and holds them against the model's own answers: side by side where there
// are threads for it, since compiling is most of what a first answer takes.
void Diagnoser::prepare(bool explain) {
  if (is_checked_ && (is_explanation_checked_ || !explain)) return;
  if (is_checked_ || !segmenter_ || at::get_num_threads() == 1) {
    check_classifier(explain);
    if (segmenter_ && !is_checked_) check_segmenter();
  } else {
    auto classifier = std::async([&, threads = at::get_num_threads()] {
      set_own_threads(threads);  // kernels are made for as many as will run them
      check_classifier(explain);
    });
    check_segmenter();
    classifier.get();
  }
  is_checked_ = true;
  is_explanation_checked_ = explain;
}

void Diagnoser::check_classifier(bool explain) {
  require_golden_answers(classifier_, model_, options_.precision, batch_, explain);
}

void Diagnoser::check_segmenter() {
  require_golden_answers(*segmenter_, model_.segmenter, model_.preprocessing.size,
                         options_.precision, batch_);
}

Diagnosis Diagnoser::diagnose(const imaging::GreyImage& image, bool explain) {
  return diagnose_all({&image, 1}, explain).front().take();
}

std::vector<Attempt<Diagnosis>> Diagnoser::diagnose_all(std::span<const imaging::GreyImage> images,
                                                        bool explain) {
  std::vector<Case> cases(images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    auto& flags = cases[i].diagnosis.flags;
    std::transform(images[i].doubts.begin(), images[i].doubts.end(), std::back_inserter(flags),
                   flag_of);
    cases[i].go_on([&] { cases[i].input = to_square(images[i], model_.preprocessing); });
  }
  const auto waiting = unfailed(cases);
  if (!waiting.empty()) prepare(explain);
  if (segmenter_) find_lungs(waiting);
  for (auto* one : unfailed(cases)) {
    one->go_on([&] {
      one->diagnosis.image = one->input.source;
      one->diagnosis.enhanced =
          classifier_input(one->input.square, one->square_mask, model_.preprocessing);
    });
  }
  classify(unfailed(cases), explain);
  std::vector<Attempt<Diagnosis>> answers;
  for (auto& one : cases) {
    if (one.failure) {
      answers.push_back({.result = {}, .failure = one.failure});
    } else {
      answers.push_back({.result = std::move(one.diagnosis), .failure = {}});
    }
  }
  return answers;
}

std::vector<Diagnoser::Case*> Diagnoser::unfailed(std::vector<Case>& cases) {
  std::vector<Case*> left;
  for (auto& one : cases)
    if (!one.failure) left.push_back(&one);
  return left;
}

// [batch, 1, S, S], filled up with black: what is compiled is of that size alone.
at::Tensor Diagnoser::batch_of(const std::vector<Case*>& cases,
                               const cv::Mat& (*square_of)(const Case&)) const {
  if (cases.size() > batch_) {
    throw Error(ErrorCode::invalid_option, "images: expected at most " + std::to_string(batch_) +
                                               " at once, got " + std::to_string(cases.size()) +
                                               "; give fewer");
  }
  const auto size = model_.preprocessing.size;
  std::vector<at::Tensor> squares;
  squares.reserve(batch_);
  for (const auto* one : cases) squares.push_back(to_tensor(square_of(*one)));
  if (squares.size() == 1 && batch_ == 1) return squares.front();
  squares.resize(batch_, at::zeros({1, 1, size, size}));
  return at::cat(squares);
}

void Diagnoser::find_lungs(const std::vector<Case*>& cases) {
  if (cases.empty()) return;
  const auto squares =
      batch_of(cases, [](const Case& one) -> const cv::Mat& { return one.input.square; });
  const auto probability = segmenter_->probability(squares);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    auto& one = *cases[i];
    one.go_on([&] {
      one.square_mask = lungs_from_probability(probability.narrow(0, static_cast<int64_t>(i), 1));
      one.diagnosis.mask =
          imaging::back_to_source(one.square_mask, one.input.placement, cv::INTER_NEAREST);
      one.diagnosis.lung_fraction = lung_fraction(one.diagnosis.mask);
    });
  }
}

at::Tensor Diagnoser::representation(const Diagnosis& diagnosis, int64_t target) {
  prepare(/*explain=*/true);
  const at::NoGradGuard no_grad;
  const auto answer =
      classifier_.answer(to_tensor(diagnosis.enhanced), /*with_representation=*/true);
  return explain::heat_of_answer(answer.representation, answer.logits,
                                 at::full({1}, target, at::kLong));
}

void Diagnoser::classify(const std::vector<Case*>& cases, bool explain) {
  if (cases.empty()) return;
  const at::NoGradGuard no_grad;
  const auto squares =
      batch_of(cases, [](const Case& one) -> const cv::Mat& { return one.diagnosis.enhanced; });
  const auto answers = classifier_.answer(squares, explain);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto own = [i](const at::Tensor& all) {  // undefined: not asked for, or no decoder
      return all.defined() ? all.narrow(0, static_cast<int64_t>(i), 1) : all;
    };
    auto& one = *cases[i];
    one.go_on([&] {
      const engine::ClassifierAnswer answer{.logits = own(answers.logits),
                                            .pooled_features = own(answers.pooled_features),
                                            .representation = own(answers.representation)};
      if (explain) {
        const auto heat = explain::heat_of_answer(answer.representation, answer.logits);
        one.diagnosis.heat =
            imaging::back_to_source(to_image(heat), one.input.placement, cv::INTER_LINEAR);
      }
      conclude(one.diagnosis, answer);
    });
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
  const auto found = find_flags(diagnosis);
  diagnosis.flags.insert(diagnosis.flags.end(), found.begin(), found.end());
}

std::vector<Flag> Diagnoser::find_flags(const Diagnosis& diagnosis) const {
  std::vector<Flag> flags;
  const auto& ood = model_.ood;
  if (std::min(diagnosis.image.rows, diagnosis.image.cols) < model_.preprocessing.size)
    flags.push_back(Flag::low_resolution);
  if (grey_deviation(diagnosis.image) < kLowContrast) flags.push_back(Flag::low_contrast);
  const auto [shorter, longer] = std::minmax({diagnosis.image.rows, diagnosis.image.cols});
  if (longer > kUnusualAspect * shorter) flags.push_back(Flag::unusual_aspect);
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
