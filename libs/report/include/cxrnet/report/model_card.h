// The model card: what a model was made of, how, how good it is and what it is not for, in
// Markdown, from measured facts alone (Mitchell et al. 2019, "Model cards for model reporting").
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/data/manifest.h"

namespace cxrnet::report {

/// One training run's log: the text of its epochs.csv (train/run_log.h).
struct CardRun {
  std::string title;
  std::string epochs_csv;
};

/// One result of `cxrnet evaluate`.
struct CardEvaluation {
  std::string title;
  nlohmann::json result;  ///< cxrnet.evaluate/1
};

struct ModelCard {
  nlohmann::json model;  ///< nn::describe_model
  std::string sha256;    ///< of the model file
  int64_t bytes = 0;     ///< of the model file
  data::Manifest data;   ///< what it was trained and tested on
  std::string split_column;
  std::vector<std::string> commands = {};  ///< that made it, in order
  std::string compute;                     ///< the machine, in words; may be empty
  std::vector<CardRun> runs = {};
  std::vector<CardEvaluation> evaluations = {};
};

/// Errors: those of train::parse_epochs; invalid_option for a result that is not of
/// cxrnet.evaluate/1; not_found for a split column that the data lacks.
std::string format_model_card(const ModelCard& card);

}  // namespace cxrnet::report
