// The training loop: resumable, interruptible, the same trajectory whatever happened in between.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cxrnet/core/output_room.h"
#include "cxrnet/data/loader.h"
#include "cxrnet/train/adam.h"
#include "cxrnet/train/checkpoint.h"
#include "cxrnet/train/gradient_pass.h"
#include "cxrnet/train/moving_average.h"
#include "cxrnet/train/options.h"
#include "cxrnet/train/run_log.h"
#include "cxrnet/train/task.h"

namespace cxrnet::train {

/// One step, for a progress bar.
struct StepReport {
  int64_t epoch = 0;  ///< from 1
  int64_t epochs = 0;
  int64_t images = 0;        ///< done of this epoch
  int64_t epoch_images = 0;  ///< of a whole epoch
  double loss = 0.0;         ///< of this batch
};

/// Told what happens; the libraries themselves never print.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_step(const StepReport&) {}
  virtual void on_epoch(const EpochReport&) {}
};

enum class Outcome {
  finished,     ///< all epochs done
  early,        ///< no gain on the validation part for `patience` epochs
  paused,       ///< `stop_after` epochs of this run done
  interrupted,  ///< a stop was requested; the step was finished and saved
};

/// Which records train and which validate; no patient may be in both.
struct Sides {
  std::vector<std::size_t> training, validation;
  std::size_t without_mask = 0;         ///< images of the side that were left out for that
  std::vector<std::string> notes = {};  ///< what is odd about the split, in words
};

class Trainer {
 public:
  /// Trains `task` on `dataset`; checkpoints `last.safetensors`, `best.safetensors` and the logs go
  /// to `folder`. With `resume` it goes on from `last.safetensors`. Nothing is written yet.
  /// `facts`: whatever else makes this run what it is, such as the network's options; a run goes on
  /// under the same ones alone. The arguments must outlive the trainer. Errors: invalid_option
  /// (also for a device that libtorch lacks, or a checkpoint of other options, data or facts,
  /// naming what differs), not_found without a checkpoint to resume from, corrupt_model.
  Trainer(Task& task, const data::ShardDataset& dataset, Sides sides,
          const TrainingOptions& options, uint64_t seed, std::filesystem::path folder, bool resume,
          nlohmann::json facts = nlohmann::json::object());

  /// What the run's files need at most at a time.
  OutputNeed output_need() const;

  /// Makes the folder and, unless the run is resumed, its first checkpoint: from here on the run
  /// can be gone on with, whatever ends it. `run` begins by itself where nobody did. Errors:
  /// disk_full, write_failed.
  void begin();

  /// Runs until the end or until `stop_requested` says so (asked after every step). Errors:
  /// diverged, naming the batch, when a loss is not finite.
  Outcome run(Observer& observer, const std::function<bool()>& stop_requested);

  /// Loads the best epoch's weights into the task's network (evaluation mode).
  /// Errors: not_found before the first epoch has ended.
  void load_best();

  const Progress& progress() const { return progress_; }
  at::Device device() const { return device_; }

 private:
  struct Clock;

  data::LoaderOptions loader_options(int64_t epoch) const;
  bool run_epoch(Clock& clock, Observer& observer, const std::function<bool()>& stop_requested);
  double train_step(const data::Batch& batch, RunLog& log);
  void count_epoch();
  bool is_validated(int64_t epoch) const;
  void finish_epoch(const Clock& clock, Observer& observer, RunLog& log);
  void estimate_statistics();
  Validation validate();
  int64_t image_size(int64_t epoch) const;
  bool is_best(double score) const;
  double learning_rate() const;
  bool should_stop_early() const;
  void resume();
  void save_last() const;
  void save_best();
  nlohmann::json fingerprint() const;
  nlohmann::json completed(nlohmann::json run) const;
  Safetensors last_checkpoint() const;
  void require_finite(double loss, const data::Batch& batch) const;

  Task& task_;
  const data::ShardDataset& dataset_;
  Sides sides_;
  TrainingOptions options_;
  uint64_t seed_;
  std::filesystem::path folder_;
  nlohmann::json facts_;
  at::Device device_;
  Adam adam_;
  MovingAverage average_;
  GradientPass pass_;
  Progress progress_;
  bool begun_ = false;
  std::unique_ptr<RunLog> log_;
};

}  // namespace cxrnet::train
