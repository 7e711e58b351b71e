// What each part of the method is worth: one training for each part left out or replaced.
#pragma once

#include <string>
#include <vector>

#include "stages/networks.h"

namespace cxrnet::study {

struct StudyOptions;

struct Ablation {
  std::string name;
  std::string title;
  std::string stage;        ///< of its training
  ClassifierRecipe recipe;  ///< of that stage; its representation may be none
  bool trains = true;       ///< the stage is the ablation's own, not one of another item
};

/// Ablations of the classifier, the paper's form first.
std::vector<Ablation> classifier_ablations(const StudyOptions& options,
                                           const ClassifierRecipe& paper);

/// Ablations of the terms that make a decoder select, the whole form first.
std::vector<Ablation> selection_ablations(const ClassifierRecipe& selecting);

}  // namespace cxrnet::study
