#include "cxrnet/study/options.h"

#include "cxrnet/core/error.h"

namespace cxrnet::study {
namespace {

// Better means than the paper's, on sides that share no patient. Networks of the paper's form never
// meet incomplete images: removal_training adds these for the selecting network and the judge.
StudyOptions options_of_better_means() {
  StudyOptions options;
  // DEVIATION: adr-024, the paper splits by image.
  options.split_column = "group_split";
  options.training_preset = train::Preset::best;
  options.training = train::preset_options(train::Preset::best, train::Network::classifier);
  options.training.augmentation.removal_probability = 0.0;
  return options;
}

// Half an hour on two cores: see docs/design/study.md for what each number costs.
StudyOptions quick_options() {
  auto options = options_of_better_means();
  options.width = 0.25;
  options.decoder_widths = {64, 48, 32, 16, 8};
  options.unet = {.base_width = 8, .levels = 4};
  options.preprocessing.size = 80;  // Inception-V3 takes 75 at least
  options.train_images = 1000;
  options.test_images = 400;
  options.explain_images = 20;
  options.segmenter_epochs = 5;
  options.segmenter_batch_size = 16;
  options.segmenter_learning_rate = 2e-3;
  options.training.epochs = 5;
  options.training.batch_size = 16;
  options.training.schedule.learning_rate = 1e-3;
  options.training.schedule.warmup_epochs = 0.5;
  options.training.average_decay = 0.0;  // too few steps for an average
  options.training.precision = train::Precision::f32;
  options.explanation.gradients.smoothgrad_samples = 12;
  options.explanation.gradients.integrated_gradients_steps = 16;
  options.explanation.activations.score_cam_channels = 48;
  options.explanation.masking.rise_masks = 400;
  options.explanation.masking.occlusion_window = 16;
  options.explanation.masking.occlusion_stride = 12;
  options.sanity_images = 8;
  options.bootstrap.resamples = 1000;
  return options;
}

StudyOptions best_options() {
  auto options = options_of_better_means();
  options.segmenter_batch_size = 16;
  options.segmenter_learning_rate = 1e-3;
  return options;
}

void require_encoders(const std::vector<std::string>& names, const char* subject) {
  for (const auto& name : names) parse_enum<nn::Architecture>(name, subject);
  if (!names.empty()) return;
  throw Error(ErrorCode::invalid_option,
              std::string(subject) + ": expected at least one encoder, got none; choose of " +
                  join(enum_names<nn::Architecture>()));
}

void require_methods(const std::vector<std::string>& names, const char* subject) {
  for (const auto& name : names) parse_enum<explain::Method>(name, subject);
}

}  // namespace

StudyOptions preset_options(Preset preset) {
  switch (preset) {
    case Preset::paper:
      return {};
    case Preset::quick:
      return quick_options();
    case Preset::best:
      return best_options();
  }
  throw Error(ErrorCode::internal, "preset: expected one of the table, got another");
}

void validate_options(const StudyOptions& options) {
  validate(options);
  require_encoders(options.encoders, "encoders");
  require_encoders(options.arm_encoders, "arm-encoders");
  require_methods(options.methods, "methods");
  require_methods(options.selection_methods, "selection-methods");
}

train::TrainingOptions segmenter_training(const StudyOptions& options) {
  auto training = train::preset_options(options.training_preset, train::Network::segmenter);
  training.epochs = options.segmenter_epochs;
  training.batch_size = options.segmenter_batch_size;
  training.schedule.learning_rate = options.segmenter_learning_rate;
  training.schedule.warmup_epochs = options.training.schedule.warmup_epochs;
  training.average_decay = options.training.average_decay;
  training.validation_fraction = options.training.validation_fraction;
  training.precision = options.training.precision;
  training.device = options.training.device;
  training.workers = options.training.workers;
  return training;
}

bool splits_at_random(const StudyOptions& options) {
  return options.split_column == options.leaky_split_column;
}

}  // namespace cxrnet::study
