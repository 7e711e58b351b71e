#include "cxrnet/data/loader.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "batch_maker.h"
#include "cxrnet/core/error.h"
#include "cxrnet/core/threads.h"

namespace cxrnet::data {
// Workers take batch numbers in turn and park the results; next() collects them in order. A plan
// that was replaced marks its results as stale.
class Loader::Pipeline {
 public:
  explicit Pipeline(BatchMaker maker) : maker_(std::move(maker)) {
    for (int64_t i = 0; i < maker_.options().workers; ++i) {
      workers_.emplace_back([this](std::stop_token stop) { work(stop); });
    }
  }

  void start_epoch(int64_t epoch, int64_t first_batch);
  std::optional<Batch> next();
  int64_t batches_per_epoch() const { return maker_.batches_per_epoch(); }
  double wait_seconds() const { return std::chrono::duration<double>(waited_).count(); }

 private:
  struct Outcome {
    Batch batch;
    std::exception_ptr error;
  };

  Outcome make(const EpochPlan& plan, int64_t number) const noexcept;
  void work(const std::stop_token& stop);
  bool has_work() const;
  Outcome wait_for_next();

  const BatchMaker maker_;
  std::chrono::steady_clock::duration waited_{};  // the caller's thread alone

  std::mutex mutex_;  // guards all that follows
  std::condition_variable_any work_available_, outcome_ready_;
  std::shared_ptr<const EpochPlan> plan_;  // null: no epoch under way
  int64_t next_made_ = 0, next_delivered_ = 0;
  std::map<int64_t, Outcome> outcomes_;

  std::vector<std::jthread> workers_;  // last: stopped and joined before the rest goes
};

Loader::Pipeline::Outcome Loader::Pipeline::make(const EpochPlan& plan,
                                                 int64_t number) const noexcept {
  try {
    return {maker_.make(plan, number), nullptr};
  } catch (...) {
    return {{}, std::current_exception()};
  }
}

bool Loader::Pipeline::has_work() const {
  const auto& options = maker_.options();
  return plan_ && next_made_ < maker_.batches_per_epoch() &&
         next_made_ < next_delivered_ + options.prefetch + options.workers;
}

void Loader::Pipeline::work(const std::stop_token& stop) {
  const ComputeSerially workers_are_the_parallelism;
  std::unique_lock lock(mutex_);
  while (work_available_.wait(lock, stop, [&] { return has_work(); }) && !stop.stop_requested()) {
    const auto plan = plan_;
    const int64_t number = next_made_++;
    lock.unlock();
    auto outcome = make(*plan, number);
    lock.lock();
    if (plan != plan_) continue;
    outcomes_.emplace(number, std::move(outcome));
    outcome_ready_.notify_one();
  }
}

void Loader::Pipeline::start_epoch(int64_t epoch, int64_t first_batch) {
  auto plan = std::make_shared<const EpochPlan>(maker_.plan(epoch));
  {
    const std::lock_guard lock(mutex_);
    plan_ = std::move(plan);
    next_made_ = next_delivered_ = first_batch;
    outcomes_.clear();
  }
  waited_ = {};
  work_available_.notify_all();
}

Loader::Pipeline::Outcome Loader::Pipeline::wait_for_next() {
  if (workers_.empty()) return make(*plan_, next_delivered_);
  std::unique_lock lock(mutex_);
  outcome_ready_.wait(lock, [&] { return outcomes_.contains(next_delivered_); });
  return std::move(outcomes_.extract(next_delivered_).mapped());
}

std::optional<Batch> Loader::Pipeline::next() {
  // Only this thread changes plan_ and next_delivered_, so that it may read them without the lock.
  if (!plan_ || next_delivered_ >= maker_.batches_per_epoch()) return std::nullopt;
  const auto begin = std::chrono::steady_clock::now();
  auto outcome = wait_for_next();
  waited_ += std::chrono::steady_clock::now() - begin;
  {
    const std::lock_guard lock(mutex_);
    ++next_delivered_;
    if (outcome.error) plan_.reset();
  }
  work_available_.notify_one();
  if (outcome.error) std::rethrow_exception(outcome.error);
  return std::move(outcome.batch);
}

Loader::Loader(const ShardDataset& dataset, std::vector<std::size_t> indices,
               const LoaderOptions& options)
    : pipeline_(std::make_unique<Pipeline>(BatchMaker(dataset, std::move(indices), options))) {}

Loader::~Loader() = default;

void Loader::start_epoch(int64_t epoch, int64_t first_batch) {
  if (epoch < 0 || first_batch < 0) {
    throw Error(ErrorCode::invalid_option,
                "loader epoch: expected epoch and first batch of at least 0, got " +
                    std::to_string(epoch) + " and " + std::to_string(first_batch) +
                    "; count from 0");
  }
  pipeline_->start_epoch(epoch, first_batch);
}

std::optional<Batch> Loader::next() { return pipeline_->next(); }
int64_t Loader::batches_per_epoch() const { return pipeline_->batches_per_epoch(); }
double Loader::wait_seconds() const { return pipeline_->wait_seconds(); }

}  // namespace cxrnet::data
