// The plan of a study: stages with what they need, what of the paper they serve and what they cost.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/study/options.h"

namespace cxrnet::study {

class Workplace;

/// A piece of work whose result is kept. It is done again only when something that its result
/// depends on has changed.
struct Stage {
  std::string name;                ///< also its folder's, such as "train.original.resnet50"
  std::string item;                ///< what of the paper it serves first, such as "fig9"
  std::string title;               ///< one line for a reader
  std::vector<std::string> needs;  ///< names of stages whose results it uses
  nlohmann::json inputs;           ///< everything else that its result depends on
  double estimated_seconds = 0.0;  ///< on two cores
  std::function<nlohmann::json(Workplace&)> work;  ///< returns the stage's result
};

/// Facts about the data that the estimates and the fingerprints need.
struct DataFacts {
  std::string sha256;          ///< of the manifest's bytes
  std::string lesions_sha256;  ///< of lesions.csv; empty where there is none
  int64_t training_images = 0;
  int64_t test_images = 0;
  int64_t masked_images = 0;  ///< of both sides, with a lung mask
  int64_t explained_images = 0;
};

struct Plan {
  std::vector<Stage> stages;  ///< each after those that it needs
  nlohmann::json basis;       ///< what every stage depends on: data and seed

  /// Errors: internal for an unknown name.
  const Stage& at(const std::string& name) const;
};

/// What of the paper can be asked for, in the order of the report. The stage of that name makes the
/// item's section of study.json.
const std::vector<std::string>& item_names();

/// Every stage of the study. Errors: invalid_option.
Plan make_plan(const StudyOptions& options, const DataFacts& data, uint64_t seed);

/// The stages that `items` need, directly or not; all of them when `items` is empty. Errors:
/// invalid_option for an unknown item, listing the valid ones.
Plan select_items(const Plan& plan, const std::vector<std::string>& items);

/// How a stage trains its network, after every preset and exception; null for a stage that does not
/// train. {"options", "network", "split_column"} in the words of `cxrnet train`, without what has
/// no effect; "differs_from_paper": of the options, what is not section IV-B's;
/// "differs_from_study": what this stage has unlike the study's networks of the paper's form (or
/// its segmenter).
nlohmann::json describe_training(const Stage& stage, const StudyOptions& options);

/// {"segmenter", "classifier"}: what the study's options make of every network's training unlike
/// section IV-B.
nlohmann::json describe_common_training(const StudyOptions& options);

/// What each stage's result depends on, in 64 hexadecimal digits: name, inputs, data, seed and the
/// fingerprints of the stages that it needs. In the order of plan.stages.
std::vector<std::string> fingerprints(const Plan& plan);

}  // namespace cxrnet::study
