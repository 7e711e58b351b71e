#include "stages/recipes.h"

namespace cxrnet::study {

std::string training_stage(const std::string& arm, const std::string& encoder) {
  return "train." + arm + "." + encoder;
}

std::string leaky_training(const StudyOptions& options) {
  return splits_at_random(options)
             ? training_stage("segmented", std::string(to_string(options.main_encoder)))
             : kLeakyTraining;
}

nn::CxrNetOptions network_options(const StudyOptions& options, nn::Architecture encoder) {
  nn::CxrNetOptions network;
  network.encoder.architecture = encoder;
  network.encoder.width = options.width;
  network.decoder.widths = options.decoder_widths;
  return network;
}

nn::CxrNetOptions selection_network(const StudyOptions& options) {
  auto network = network_options(options, options.main_encoder);
  network.representation = options.selection_per_class ? nn::Representation::class_selection
                                                       : nn::Representation::selection;
  return network;
}

nn::CxrNetOptions judge_network(const StudyOptions& options) {
  auto network = network_options(options, options.judge_encoder);
  network.representation = nn::Representation::none;
  return network;
}

data::AugmentationOptions no_augmentation() {
  return {.rotation_degrees = 0,
          .scale = 0,
          .stretch = 0,
          .shear_degrees = 0,
          .translate = 0,
          .brightness = 0,
          .contrast = 0,
          .gamma = 0,
          .noise = 0};
}

train::TrainingOptions removal_training(const StudyOptions& options) {
  auto training = options.training;
  if (!training.augment) {  // random removal alone
    training.augmentation = no_augmentation();
    training.augment = true;
  }
  training.augmentation.removal_probability = options.removal_probability;
  return training;
}

}  // namespace cxrnet::study
