#include "plan/costs.h"

#include <cmath>

namespace cxrnet::study {
namespace {

// Measured on two cores at 80 pixels and width 0.25.
constexpr double kSize = 80.0;

// Seconds per image and epoch of training in the paper's form: both passes, forward and backward,
// decoder, and the statistics after the epoch.
double training_step(nn::Architecture architecture) {
  switch (architecture) {
    case nn::Architecture::alexnet:
      return 0.0035;
    case nn::Architecture::vgg16:
      return 0.015;
    case nn::Architecture::vgg19:
      return 0.018;
    case nn::Architecture::resnet34:
      return 0.009;
    case nn::Architecture::resnet50:
      return 0.011;
    case nn::Architecture::inception_v3:
      return 0.008;
  }
  return 0.0;
}

double pixels(int64_t size) { return std::pow(static_cast<double>(size) / kSize, 2.0); }

// Narrow layers cost more than their share of products; 1 at width 0.25.
double width_factor(double width) { return 0.53 + 7.5 * width * width; }

double step_of(const nn::CxrNetOptions& network, int64_t size) {
  return training_step(network.encoder.architecture) * width_factor(network.encoder.width) *
         pixels(size);
}

double forward_of(const nn::CxrNetOptions& network, int64_t size) {
  constexpr double kForwardPasses = 10.0;  // that a training step is worth
  return step_of(network, size) / kForwardPasses;
}

double form_factor(nn::Representation representation) {
  switch (representation) {
    case nn::Representation::none:
      return 0.4;
    case nn::Representation::image:
      return 1.0;
    case nn::Representation::selection:
    case nn::Representation::class_selection:
      return 1.6;
  }
  return 1.0;
}

double channels_of_last_level(const nn::EncoderOptions& encoder) {
  const bool wide = encoder.architecture == nn::Architecture::resnet50 ||
                    encoder.architecture == nn::Architecture::inception_v3;
  return (wide ? 2048.0 : 512.0) * encoder.width;
}

// Forward passes that a map is worth.
double passes_per_map(explain::Method method, const nn::CxrNetOptions& network,
                      const StudyOptions& options) {
  constexpr double kWithBackward = 3.0;
  const auto& gradients = options.explanation.gradients;
  const auto& masking = options.explanation.masking;
  const auto channels = options.explanation.activations.score_cam_channels;
  switch (method) {
    case explain::Method::representation:
      return 1.0;
    case explain::Method::saliency:
    case explain::Method::grad_cam:
    case explain::Method::grad_cam_plus_plus:
    case explain::Method::layer_cam:
      return kWithBackward;
    case explain::Method::smoothgrad:
      return kWithBackward * static_cast<double>(gradients.smoothgrad_samples);
    case explain::Method::integrated_gradients:
      return kWithBackward * static_cast<double>(gradients.integrated_gradients_steps);
    case explain::Method::score_cam:
      return channels > 0 ? static_cast<double>(channels) : channels_of_last_level(network.encoder);
    case explain::Method::rise:
      return static_cast<double>(masking.rise_masks);
    case explain::Method::occlusion:
      return std::pow(static_cast<double>(options.preprocessing.size) /
                          static_cast<double>(masking.occlusion_stride),
                      2.0);
    case explain::Method::random:
    case explain::Method::lung_mask:
    case explain::Method::edges:
      return 0.0;
  }
  return 0.0;
}

}  // namespace

double training_seconds(const nn::CxrNetOptions& network, const train::TrainingOptions& training,
                        int64_t size, int64_t images) {
  return static_cast<double>(images * training.epochs) * step_of(network, size) *
         form_factor(network.representation);
}

double segmenter_seconds(const nn::UNetOptions& network, const train::TrainingOptions& training,
                         int64_t size, int64_t images) {
  constexpr double kSecondsPerImage = 0.008;  // of an epoch, at width 8
  constexpr double kBaseWidth = 8.0;
  return static_cast<double>(images * training.epochs) * kSecondsPerImage *
         std::pow(static_cast<double>(network.base_width) / kBaseWidth, 1.3) * pixels(size);
}

double preparation_seconds(const StudyOptions& options, bool segmenting, int64_t images) {
  constexpr double kDecoding = 0.001;
  constexpr double kSegmenting = 0.01;
  return static_cast<double>(images) *
         (kDecoding + (segmenting ? kSegmenting * pixels(options.preprocessing.size) : 0.0));
}

double judging_seconds(const nn::CxrNetOptions& judge, int64_t size, int64_t images) {
  constexpr double kJudged = 38.0;  // images that the measures judge per case
  return static_cast<double>(images) * forward_of(judge, size) * kJudged;
}

double explanation_seconds(const nn::CxrNetOptions& network, explain::Method method,
                           const StudyOptions& options, int64_t images) {
  const auto size = options.preprocessing.size;
  return judging_seconds(network, size, images) + static_cast<double>(images) *
                                                      forward_of(network, size) *
                                                      passes_per_map(method, network, options);
}

}  // namespace cxrnet::study
