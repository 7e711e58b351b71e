#include "cxrnet/train/options.h"

namespace cxrnet::train {
namespace {

TrainingOptions best_options() {
  TrainingOptions options;
  options.batch_size = 32;
  options.schedule = {.learning_rate = 1e-3,
                      .final_learning_rate = 1e-5,
                      .decay = Decay::cosine,
                      .warmup_epochs = 1.0};
  options.weight_decay = 0.02;
  options.clip_norm = 5.0;
  options.average_decay = 0.998;
  options.augment = true;
  options.precision = Precision::bf16;
  return options;
}

}  // namespace

TrainingOptions preset_options(Preset preset, Network network) {
  TrainingOptions options = preset == Preset::best ? best_options() : TrainingOptions{};
  if (preset == Preset::best && network == Network::classifier) {
    options.label_smoothing = 0.05;
    options.balance = Balance::sampling;
    options.augmentation.removal_probability = 0.5;
  }
  return options;
}

nn::Representation preset_representation(Preset preset, Network network) {
  return preset == Preset::best && network == Network::classifier ? nn::Representation::selection
                                                                  : nn::Representation::image;
}

}  // namespace cxrnet::train
