// The record of a run: epochs.csv, and curves for TensorBoard.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cxrnet/train/event_file.h"

namespace cxrnet::train {

/// A finished epoch that was validated; rates and times are since the last one that was.
struct EpochReport {
  int64_t epoch = 0;   ///< from 1
  int64_t epochs = 0;  ///< of the whole run
  int64_t step = 0;
  double learning_rate = 0.0;
  double training_loss = 0.0;  ///< mean over images
  double images_per_second = 0.0;
  double data_wait_share = 0.0;  ///< share of the time spent waiting for images
  double seconds = 0.0;
  double score = 0.0;
  bool is_best = false;
  std::map<std::string, double> figures = {};  ///< of the validation part
};

/// The epochs of the text of an epochs.csv, as RunLog writes it. Errors: invalid_option without the
/// columns epoch, training_loss, seconds and is_best, or for a cell that is no number.
std::vector<EpochReport> parse_epochs(const std::string& csv);

class RunLog {
 public:
  /// Opens `folder`/epochs.csv, keeping the rows up to epoch `finished_epochs`. Errors:
  /// write_failed.
  RunLog(std::filesystem::path folder, int64_t finished_epochs);

  void add_step(int64_t step, double loss, double learning_rate, double gradient_norm);
  void add_epoch(const EpochReport& report);

 private:
  std::filesystem::path path_;
  std::string rows_;
  EventFile events_;
};

}  // namespace cxrnet::train
