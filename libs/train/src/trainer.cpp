#include "cxrnet/train/trainer.h"

#include <ATen/Functions.h>
#include <torch/nn/module.h>

#include <chrono>
#include <cmath>
#include <sstream>

#include "batch_norm_statistics.h"
#include "cxrnet/core/error.h"
#include "cxrnet/core/memory.h"
#include "cxrnet/core/neighbours.h"
#include "cxrnet/train/autocast.h"
#include "device.h"

namespace cxrnet::train {
namespace {

constexpr int64_t kStatisticsImages = 1024;

TrainingOptions validated(const TrainingOptions& options) {
  validate(options);
  if (options.equal_average_from < 1.0 && options.average_decay == 0.0) {
    throw Error(ErrorCode::invalid_option,
                "equal-average-from: expected an average to be kept, got average-decay 0; raise "
                "--average-decay, or leave --equal-average-from out");
  }
  if (options.precision == Precision::bf16) require_autocast(resolve_device(options.device).type());
  return options;
}

torch::nn::Module& placed(Task& task, const TrainingOptions& options) {
  place_network(task.network(), resolve_device(options.device), options.channels_last);
  return task.network();
}

AdamSettings adam_settings(const TrainingOptions& options) {
  AdamSettings settings;
  settings.weight_decay = options.weight_decay;
  return settings;
}

int64_t steps_per_epoch(const Sides& sides, const TrainingOptions& options) {
  const auto images = static_cast<int64_t>(sides.training.size());
  return std::max<int64_t>(1, images / options.batch_size);
}

Averaging averaging(const Sides& sides, const TrainingOptions& options) {
  Averaging averaging{.decay = options.average_decay};
  if (options.equal_average_from < 1.0) {
    const auto steps = static_cast<double>(options.epochs * steps_per_epoch(sides, options));
    averaging.equal_after = static_cast<int64_t>(options.equal_average_from * steps);
  }
  return averaging;
}

}  // namespace

// Time and images since the last report, as far as this run did it.
struct Trainer::Clock {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  int64_t images = 0;
  double wait_seconds = 0.0;

  double seconds() const {
    return std::max(
        1e-9, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  double images_per_second() const { return static_cast<double>(images) / seconds(); }
};

Trainer::Trainer(Task& task, const data::ShardDataset& dataset, Sides sides,
                 const TrainingOptions& options, uint64_t seed, std::filesystem::path folder,
                 bool resume_run, nlohmann::json facts)
    : task_(task),
      dataset_(dataset),
      sides_(std::move(sides)),
      options_(validated(options)),
      seed_(seed),
      folder_(std::move(folder)),
      facts_(std::move(facts)),
      device_(resolve_device(options.device)),
      adam_(placed(task, options), adam_settings(options)),
      average_(task.network(), averaging(sides_, options)),
      pass_(task, adam_, device_, options) {
  reserve_memory_for_products();
  task_.prepare(dataset_, sides_.training, device_);
  if (resume_run) resume();
  begun_ = resume_run;
}

Outcome Trainer::run(Observer& observer, const std::function<bool()>& stop_requested) {
  begin();
  log_ = std::make_unique<RunLog>(folder_, progress_.epoch);
  const int64_t first_epoch = progress_.epoch;
  Clock clock;
  while (progress_.epoch < options_.epochs) {
    if (should_stop_early()) return Outcome::early;
    if (options_.stop_after > 0 && progress_.epoch - first_epoch >= options_.stop_after) {
      save_last();
      return Outcome::paused;
    }
    if (!run_epoch(clock, observer, stop_requested)) return Outcome::interrupted;
  }
  return Outcome::finished;
}

bool Trainer::run_epoch(Clock& clock, Observer& observer,
                        const std::function<bool()>& stop_requested) {
  data::Loader loader(dataset_, sides_.training, loader_options(progress_.epoch));
  loader.start_epoch(progress_.epoch, progress_.batch);
  task_.network().train();
  ThreadsByLoad threads;
  while (const auto batch = loader.next()) {
    threads.follow(processors_left_now());
    const double loss = train_step(*batch, *log_);
    clock.images += batch->image.size(0);
    observer.on_step({.epoch = progress_.epoch + 1,
                      .epochs = options_.epochs,
                      .images = progress_.images,
                      .epoch_images = loader.batches_per_epoch() * options_.batch_size,
                      .loss = loss});
    if (stop_requested()) {
      save_last();
      return false;
    }
  }
  clock.wait_seconds += loader.wait_seconds();
  if (is_validated(progress_.epoch + 1)) {
    finish_epoch(clock, observer, *log_);
    clock = {};
  } else {
    count_epoch();
  }
  return true;
}

double Trainer::train_step(const data::Batch& batch, RunLog& log) {
  const auto loss = pass_.run(batch);
  // A GPU is waited for only here, once the backward pass is under way.
  const double norm = adam_.clip_gradients(options_.clip_norm);
  const double value = loss.item<double>();
  require_finite(value, batch);
  require_finite(norm, batch);
  const double rate = learning_rate();
  adam_.step(rate);
  average_.update();

  const int64_t images = batch.image.size(0);
  progress_.loss_sum += value * static_cast<double>(images);
  progress_.images += images;
  ++progress_.batch;
  ++progress_.step;
  log.add_step(progress_.step, value, rate, norm);
  return value;
}

void Trainer::finish_epoch(const Clock& clock, Observer& observer, RunLog& log) {
  EpochReport report;
  report.seconds = clock.seconds();
  report.images_per_second = clock.images_per_second();
  report.data_wait_share = clock.wait_seconds / report.seconds;
  report.training_loss =
      progress_.loss_sum / static_cast<double>(std::max<int64_t>(1, progress_.images));
  report.learning_rate = learning_rate();
  report.step = progress_.step;

  average_.swap();
  estimate_statistics();
  const auto validation = validate();
  report.score = validation.score;
  report.figures = validation.figures;
  report.is_best = is_best(validation.score);
  count_epoch();
  if (report.is_best) {
    progress_.best_score = validation.score;
    progress_.best_epoch = progress_.epoch;
    save_best();
  }
  average_.swap();

  report.epoch = progress_.epoch;
  report.epochs = options_.epochs;
  log.add_epoch(report);  // first: a row whose checkpoint is missing is written again, not left out
  save_last();
  observer.on_epoch(report);
}

void Trainer::count_epoch() {
  ++progress_.epoch;
  progress_.batch = 0;
  progress_.loss_sum = 0.0;
  progress_.images = 0;
}

bool Trainer::is_validated(int64_t epoch) const {
  return epoch % options_.validation_interval == 0 || epoch == options_.epochs;
}

// DEVIATION: adr-006, the paper does not say which statistics its shared encoder is evaluated with.
void Trainer::estimate_statistics() {
  auto options = loader_options(progress_.epoch);
  options.augment.reset();
  options.balanced = false;  // the network will meet classes as often as they occur
  data::Loader loader(dataset_, sides_.training, options);
  loader.start_epoch(0);
  const AutocastGuard autocast(device_.type(), options_.precision == Precision::bf16);
  estimate_batch_norm_statistics(task_.network(), [&] {
    for (int64_t images = 0; images < kStatisticsImages; images += options.batch_size) {
      const auto batch = loader.next();
      if (!batch) return;
      task_.run_as_deployed(on_device(*batch, device_, options_.channels_last).image);
    }
  });
}

Validation Trainer::validate() {
  const at::NoGradGuard no_grad;
  const AutocastGuard autocast(device_.type(), options_.precision == Precision::bf16);
  task_.network().eval();
  data::Loader loader(dataset_, sides_.validation,
                      {.batch_size = options_.batch_size,
                       .image_size = image_size(progress_.epoch),
                       .workers = options_.workers,
                       .masks = task_.needs_masks()});
  loader.start_epoch(0);
  const auto validation = task_.validate(loader);
  task_.network().train();
  return validation;
}

data::LoaderOptions Trainer::loader_options(int64_t epoch) const {
  data::LoaderOptions loading;
  loading.batch_size = options_.batch_size;
  loading.image_size = image_size(epoch);
  loading.workers = options_.workers;
  loading.shuffle = true;
  loading.balanced = options_.balance == Balance::sampling;
  if (options_.augment) loading.augment = options_.augmentation;
  loading.seed = seed_;
  loading.label_smoothing = options_.label_smoothing;
  loading.drop_last = static_cast<int64_t>(sides_.training.size()) > options_.batch_size;
  loading.masks = task_.needs_masks();
  loading.pinned = device_.is_cuda();
  return loading;
}

int64_t Trainer::image_size(int64_t epoch) const {
  if (options_.image_sizes.empty()) return 0;
  const auto sizes = static_cast<int64_t>(options_.image_sizes.size());
  return options_.image_sizes[static_cast<std::size_t>(epoch * sizes / options_.epochs)];
}

// Scores at another image size do not compare, and the last size is the one that is deployed.
bool Trainer::is_best(double score) const {
  if (progress_.best_epoch == 0) return true;
  const bool same_size = image_size(progress_.best_epoch - 1) == image_size(progress_.epoch);
  return !same_size || score > progress_.best_score;
}

double Trainer::learning_rate() const {
  const int64_t steps = steps_per_epoch(sides_, options_);
  const auto warmup =
      static_cast<int64_t>(options_.schedule.warmup_epochs * static_cast<double>(steps));
  return learning_rate_at(options_.schedule, progress_.step, options_.epochs * steps, warmup);
}

bool Trainer::should_stop_early() const {
  return options_.patience > 0 && progress_.epoch - progress_.best_epoch >= options_.patience &&
         progress_.epoch > 0 && is_validated(progress_.epoch);
}

void Trainer::require_finite(double value, const data::Batch& batch) const {
  if (std::isfinite(value)) return;
  std::ostringstream records;
  for (const auto index : batch.indices) records << ' ' << index;
  throw Error(ErrorCode::diverged,
              "training: expected a finite loss and gradient, got " + std::to_string(value) +
                  " in epoch " + std::to_string(progress_.epoch + 1) + ", batch " +
                  std::to_string(batch.number + 1) + " (records" + records.str() +
                  "); lower --learning-rate, set --clip-norm, or look at these records");
}

}  // namespace cxrnet::train
