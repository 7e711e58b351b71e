// The options of `cxrnet train`.
#pragma once

#include <string>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/data/duplicates.h"
#include "cxrnet/nn/losses.h"
#include "cxrnet/nn/options.h"
#include "cxrnet/nn/selection_loss.h"
#include "cxrnet/train/options.h"

namespace cxrnet::app {

struct TrainOptions {
  train::Network network = train::Network::classifier;
  train::Preset preset = train::Preset::best;
  std::string split_column = "group_split";
  std::string side = "train";
  bool allow_leak = false;
  data::Duplicates duplicates = data::Duplicates::ignore;
  std::string segmenter;              // model file whose segmenter goes into the trained model
  std::string encoder_weights;        // torchvision state dict as safetensors
  std::string initial_model;          // model file whose network of that kind is the start
  std::vector<std::string> teachers;  // model files whose classifiers have a share in the targets
  double teacher_weight = 0.5;
  double lung_weight = 0.0;
  nn::DiceTerm dice_term = nn::DiceTerm::minus_log;
  nn::SelectionLossOptions selection;
  std::string name = "cxrnet";
  std::string licence;
  std::string limits;      // what users of the model must know
  std::string population;  // whose X-rays it learns from
  bool resume = false;
  bool restart = false;
  nn::CxrNetOptions classifier;
  nn::UNetOptions unet;
  train::TrainingOptions training;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.network, Field{"network", "what to train"});
    visit(self.preset,
          Field{"preset", "defaults of the training options: the paper's, or better ones"});
    visit(self.split_column,
          Field{"split-column",
                "split that says which records may be learnt from; empty: all records"});
    visit(self.side, Field{"side", "value of the split column to train on"});
    visit(self.allow_leak,
          Field{"allow-leak", "train although patients of this side are on another one, too"});
    visit(self.duplicates,
          Field{"duplicates", "look for copies of a picture on two sides: report, refuse, ignore"});
    visit(self.segmenter,
          Field{"segmenter",
                "model file whose segmenter prepared the images; becomes part of the model"});
    visit(self.encoder_weights,
          Field{"encoder-weights",
                "safetensors file of torchvision weights to start the encoder from"});
    visit(self.initial_model,
          Field{"initial-model",
                "model file whose segmenter, classifier or autoencoder is the start"});
    visit(self.teachers,
          Field{"teachers", "model files whose classifiers' answers become part of the targets"});
    visit(self.teacher_weight, Field{"teacher-weight",
                                     "the teachers' share of a target",
                                     {.minimum = 0.0, .maximum = 1.0}});
    visit(self.lung_weight,
          Field{"lung-weight",
                "weight of a third task beside the paper's two: that a classifier's representation "
                "image is the lungs; images without a mask are left out",
                {.minimum = 0.0, .maximum = 100.0}});
    visit(self.dice_term,
          Field{"dice-term",
                "how Dice enters the segmentation loss: the paper's - log, or 1 - Dice"});
    cxrnet::visit_fields(self.selection, visit);
    visit(self.name, Field{"name", "name of the model"});
    visit(self.licence, Field{"licence", "licence of the model's weights"});
    visit(self.limits, Field{"limits", "known limits of the model, shown with its results"});
    visit(self.population,
          Field{"population",
                "whose X-rays the model learns from, shown with its results; empty: the images by "
                "class and source"});
    visit(self.resume, Field{.name = "resume",
                             .help = "go on from the checkpoint in --out",
                             .aspect = Aspect::running,
                             .saved = false});
    visit(self.restart, Field{.name = "restart",
                              .help = "throw away the run that lies in --out and begin anew",
                              .aspect = Aspect::running,
                              .saved = false});
    cxrnet::visit_fields(self.classifier, visit);
    cxrnet::visit_fields(self.unet, visit);
    cxrnet::visit_fields(self.training, visit);
  }
};

// What the preset and the kind of network ask for; what was given wins over it.
inline TrainOptions default_train_options(const nlohmann::json& given) {
  TrainOptions options;
  if (given.contains("network"))
    options.network = parse_enum<train::Network>(given["network"].get<std::string>(), "network");
  if (given.contains("preset"))
    options.preset = parse_enum<train::Preset>(given["preset"].get<std::string>(), "preset");
  options.training = train::preset_options(options.preset, options.network);
  options.classifier.representation = train::preset_representation(options.preset, options.network);
  return options;
}

}  // namespace cxrnet::app
