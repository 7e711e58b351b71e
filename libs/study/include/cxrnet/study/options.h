// What a reproduction of the paper is made of; one table per preset holds every number.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/explain/method.h"
#include "cxrnet/metrics/bootstrap.h"
#include "cxrnet/nn/options.h"
#include "cxrnet/nn/preprocessing.h"
#include "cxrnet/train/options.h"

namespace cxrnet {
namespace study {

enum class Preset {
  paper,  ///< the paper's sizes and training options
  quick,  ///< a subset, small images, narrow networks: half an hour on two cores
  best,   ///< the paper's sizes, trained by better means
};

}  // namespace study

template <>
struct EnumNames<study::Preset> {
  static constexpr std::array<std::pair<study::Preset, std::string_view>, 3> values{
      {{study::Preset::paper, "paper"},
       {study::Preset::quick, "quick"},
       {study::Preset::best, "best"}}};
};

namespace study {

/// The defaults are those of the preset `paper`.
struct StudyOptions {
  std::vector<std::string> encoders = enum_names<nn::Architecture>();  // Fig. 9
  std::vector<std::string> arm_encoders{"resnet34", "resnet50"};       // Fig. 10
  nn::Architecture main_encoder = nn::Architecture::resnet50;          // Fig. 10 b to 14, Table I
  nn::Architecture judge_encoder = nn::Architecture::alexnet;          // of the independent judge
  double width = 1.0;                                                  // of the encoders
  std::vector<int64_t> decoder_widths{256, 128, 64, 32, 16};
  nn::UNetOptions unet;
  nn::Preprocessing preprocessing;
  std::string split_column = "paper_split";  // of everything but the item leakage; section IV-B
  std::string leaky_split_column = "paper_split";  // by image: a patient may be on both sides
  int64_t train_images = 0;                        // of each split; 0 = all
  int64_t test_images = 0;                         // of each split; 0 = all
  int64_t explain_images = 200;      // of each class: all COVID-19 test images of the paper's size
  double removal_probability = 0.5;  // of training images for the selecting model and the judge
  nn::SelectionLossOptions selection;
  bool selection_per_class = true;
  int64_t segmenter_epochs = 30;
  int64_t segmenter_batch_size = 12;
  double segmenter_learning_rate = 1e-4;
  train::Preset training_preset = train::Preset::paper;              // what `training` starts from
  train::TrainingOptions training;                                   // of every classifier
  std::vector<std::string> methods = enum_names<explain::Method>();  // of the paper's model
  std::vector<std::string> selection_methods{                        // of the selecting model
                                             "representation", "grad_cam", "integrated_gradients",
                                             "score_cam",      "rise",     "random",
                                             "lung_mask"};
  explain::MethodOptions explanation;
  int64_t sanity_images = 16;  // of the weight randomisation test
  metrics::BootstrapOptions bootstrap;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit);
};

/// The table of a preset's numbers; single fields may be changed afterwards.
StudyOptions preset_options(Preset preset);

/// Errors: invalid_option for a value out of range, an unknown encoder or method, or images smaller
/// than an encoder takes.
void validate_options(const StudyOptions& options);

/// How the segmenter is trained under these options.
train::TrainingOptions segmenter_training(const StudyOptions& options);

/// Whether networks are trained and tested on the paper's random split, so that a patient may be on
/// both sides.
bool splits_at_random(const StudyOptions& options);

template <class Self, class Visitor>
// NOLINTNEXTLINE(readability-function-size): a table
void StudyOptions::visit_fields(Self& self, Visitor&& visit) {
  // Stages choose these themselves, or they make no sense for a whole study.
  const auto without = [&](std::vector<std::string_view> left_out) {
    return [&visit, names = std::move(left_out)](auto& value, const Field& field) {
      if (std::find(names.begin(), names.end(), field.name) == names.end()) visit(value, field);
    };
  };
  visit(self.encoders, Field{"encoders", "encoders of Fig. 9"});
  visit(self.arm_encoders, Field{"arm-encoders", "encoders trained in both arms, Fig. 10"});
  visit(self.main_encoder,
        Field{"main-encoder", "encoder of Fig. 11 to 14, Table I and the ablations"});
  visit(self.judge_encoder, Field{"judge-encoder", "encoder of the independent judge"});
  visit(self.width, Field{"width",
                          "multiplies every channel count of the encoders; 1 is torchvision's",
                          {.maximum = 4.0, .above = 0.0}});
  visit(self.decoder_widths, Field{"decoder-widths",
                                   "channels of the five decoder levels, coarsest first",
                                   {.minimum = 1, .maximum = 1024}});
  cxrnet::visit_fields(self.unet, visit);
  cxrnet::visit_fields(self.preprocessing, without({"arm", "clahe"}));
  visit(self.split_column,
        Field{"split-column",
              "split that networks are trained and tested on; drawn where the manifest has no such "
              "column: by patient, but for leaky-split-column"});
  visit(self.leaky_split_column,
        Field{"leaky-split-column",
              "the paper's random split, of the item leakage at least; drawn by image where the "
              "manifest has none"});
  visit(self.train_images, Field{"train-images",
                                 "training images, drawn by patient and label; 0 = all",
                                 {.minimum = 0}});
  visit(self.test_images,
        Field{"test-images", "test images, drawn by patient and label; 0 = all", {.minimum = 0}});
  visit(self.explain_images, Field{"explain-images",
                                   "test images per class whose heat maps are measured; 0 = all",
                                   {.minimum = 0}});
  visit(self.removal_probability,
        Field{"removal-probability",
              "share of training images that lose a random part, for the selecting model and the "
              "judge",
              {.minimum = 0.0, .maximum = 1.0}});
  cxrnet::visit_fields(self.selection, visit);
  visit(self.selection_per_class,
        Field{"selection-per-class", "the selecting decoder draws a selection for each class"});
  visit(self.segmenter_epochs, Field{"segmenter-epochs",
                                     "passes of the segmenter over its training images",
                                     {.minimum = 1, .maximum = 100000}});
  visit(self.segmenter_batch_size,
        Field{"segmenter-batch-size", "images per step", {.minimum = 1, .maximum = 4096}});
  visit(self.segmenter_learning_rate, Field{"segmenter-learning-rate",
                                            "learning rate after warm-up",
                                            {.maximum = 10.0, .above = 0.0}});
  cxrnet::visit_fields(self.training, without({"stop-after", "augment-removal"}));
  visit(self.methods, Field{"methods", "explanations of the paper's model"});
  visit(self.selection_methods, Field{"selection-methods", "explanations of the selecting model"});
  cxrnet::visit_fields(self.explanation, without({"batch-size", "seed"}));
  visit(self.sanity_images, Field{"sanity-images",
                                  "images of the sanity check by randomised weights",
                                  {.minimum = 1, .maximum = 10000}});
  cxrnet::visit_fields(self.bootstrap, visit);
}

}  // namespace study
}  // namespace cxrnet
