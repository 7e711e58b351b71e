// What a training run is made of, and the presets that the paper and good practice suggest.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/data/augmentation.h"
#include "cxrnet/nn/options.h"
#include "cxrnet/train/schedule.h"

namespace cxrnet {
namespace train {

enum class Precision { f32, bf16 };
enum class Device { automatic, cpu, cuda };
enum class Balance {
  none,      ///< classes as often as they occur
  sampling,  ///< classes drawn equally often
  weights,   ///< the loss weighs classes by the inverse of their frequency
};
enum class Preset { paper, best };
enum class Network {
  segmenter,
  classifier,
  autoencoder,  ///< a classifier's encoder and decoder, before there are labels
};

}  // namespace train

template <>
struct EnumNames<train::Precision> {
  static constexpr std::array<std::pair<train::Precision, std::string_view>, 2> values{
      {{train::Precision::f32, "f32"}, {train::Precision::bf16, "bf16"}}};
};
template <>
struct EnumNames<train::Device> {
  static constexpr std::array<std::pair<train::Device, std::string_view>, 3> values{
      {{train::Device::automatic, "auto"},
       {train::Device::cpu, "cpu"},
       {train::Device::cuda, "cuda"}}};
};
template <>
struct EnumNames<train::Balance> {
  static constexpr std::array<std::pair<train::Balance, std::string_view>, 3> values{
      {{train::Balance::none, "none"},
       {train::Balance::sampling, "sampling"},
       {train::Balance::weights, "weights"}}};
};
template <>
struct EnumNames<train::Preset> {
  static constexpr std::array<std::pair<train::Preset, std::string_view>, 2> values{
      {{train::Preset::paper, "paper"}, {train::Preset::best, "best"}}};
};
template <>
struct EnumNames<train::Network> {
  static constexpr std::array<std::pair<train::Network, std::string_view>, 3> values{
      {{train::Network::segmenter, "segmenter"},
       {train::Network::classifier, "classifier"},
       {train::Network::autoencoder, "autoencoder"}}};
};

namespace train {

/// The defaults are the paper's (section IV-B): Adam, batch 12, learning rate 1e-4 to 1e-6.
struct TrainingOptions {
  int64_t epochs = 30;     // the paper does not say how many
  int64_t stop_after = 0;  // epochs of this invocation; 0 = all that are left
  int64_t batch_size = 12;
  ScheduleOptions schedule;
  double weight_decay = 0.0;
  double clip_norm = 0.0;
  double label_smoothing = 0.0;
  Balance balance = Balance::none;
  double average_decay = 0.0;
  double equal_average_from = 1.0;  // share of the steps
  int64_t validation_interval = 1;
  int64_t patience = 0;
  double validation_fraction = 0.1;
  std::vector<int64_t> image_sizes;  // progressive; equal shares of the epochs
  bool augment = false;
  data::AugmentationOptions augmentation;
  Precision precision = Precision::f32;
  bool channels_last = true;
  Device device = Device::automatic;
  bool cuda_graphs = true;
  int64_t workers = 1;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.epochs,
          Field{"epochs", "passes over the training images", {.minimum = 1, .maximum = 100000}});
    visit(self.stop_after, Field{"stop-after",
                                 "epochs of this run, to go on later with --resume; 0 = all",
                                 {.minimum = 0}});
    visit(self.batch_size, Field{"batch-size", "images per step", {.minimum = 1, .maximum = 4096}});
    cxrnet::visit_fields(self.schedule, visit);
    visit(self.weight_decay, Field{"weight-decay",
                                   "decoupled weight decay (AdamW); 0 = Adam",
                                   {.minimum = 0, .maximum = 1}});
    visit(self.clip_norm,
          Field{"clip-norm", "largest 2-norm of the gradient; 0 = no limit", {.minimum = 0}});
    visit(self.label_smoothing, Field{"label-smoothing",
                                      "share of the target spread over all classes",
                                      {.minimum = 0, .maximum = 0.9}});
    visit(self.balance, Field{"balance", "how unequal class sizes are met"});
    visit(self.average_decay, Field{"average-decay",
                                    "decay per step of the weights' moving average; 0 = none",
                                    {.minimum = 0, .maximum = 0.99999}});
    visit(self.equal_average_from,
          Field{"equal-average-from",
                "share of the run from which on the average is the plain mean of the weights "
                "(stochastic weight averaging); 1 = never",
                {.minimum = 0, .maximum = 1}});
    visit(self.validation_interval,
          Field{"validation-interval",
                "epochs from one validation and checkpoint to the next; the last epoch has both",
                {.minimum = 1}});
    visit(self.patience,
          Field{"patience",
                "epochs without gain on the validation part before stopping; 0 = never",
                {.minimum = 0}});
    visit(self.validation_fraction,
          Field{"validation-fraction",
                "share of the training side, cut by patient, that validates",
                {.minimum = 0.01, .maximum = 0.5}});
    visit(self.image_sizes, Field{"image-sizes",
                                  "progressive image sizes in pixels, equal shares of the epochs; "
                                  "none = the shards' size",
                                  {.minimum = 32, .maximum = 2048}});
    visit(self.augment, Field{"augment", "change every training image at random"});
    cxrnet::visit_fields(self.augmentation, visit);
    visit(self.precision, Field{"precision", "arithmetic of convolutions: f32, or bf16 autocast"});
    visit(self.channels_last,
          Field{"channels-last", "keep weights and images in channels-last layout"});
    visit(self.device, Field{"device", "where to train; auto takes CUDA when libtorch has it"});
    visit(
        self.cuda_graphs,
        Field{"cuda-graphs",
              "on a GPU, record a step's two passes when the image size changes, and replay them; "
              "takes memory of its own"});
    visit(self.workers, Field{"workers",
                              "threads that decode and augment; 0 = the training thread itself",
                              {.minimum = 0, .maximum = 256}});
  }
};

/// The options of a preset for a network; single fields may be changed afterwards.
TrainingOptions preset_options(Preset preset, Network network);

/// What the decoder of a preset draws: the paper's image, or a selection; an autoencoder's an
/// image.
nn::Representation preset_representation(Preset preset, Network network);

}  // namespace train
}  // namespace cxrnet
