#include "costs.h"

#include <cmath>
#include <map>

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

double explanation_seconds(const nn::CxrNetOptions& network, const std::string& method,
                           int64_t size, int64_t images) {
  static const std::map<std::string, double> kPasses{
      // forward passes per map
      {"saliency", 3},   {"smoothgrad", 150}, {"integrated_gradients", 150},
      {"grad_cam", 3},   {"score_cam", 512},  {"rise", 4000},
      {"occlusion", 200}};
  const auto found = kPasses.find(method);
  const double passes = found == kPasses.end() ? 1.0 : found->second;
  return judging_seconds(network, size, images) +
         static_cast<double>(images) * forward_of(network, size) * passes;
}

}  // namespace cxrnet::study
