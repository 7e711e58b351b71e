// Work on many items by several threads, some items at a time, results in the items' order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cxrnet/core/attempt.h"
#include "cxrnet/core/error.h"

namespace cxrnet::app {

/// At least one worker is needed. Each worker takes the next group of items as soon as it is free;
/// results wait until their turn comes, at most kAhead, or two groups, for each worker, so that
/// memory does not grow with the number of items.
template <class Result>
class OrderedWork {
 public:
  /// Works on `count` items from `first` on and answers each.
  using Worker = std::function<std::vector<Attempt<Result>>(std::size_t first, std::size_t count)>;
  static constexpr std::size_t kAhead = 4;

  /// One thread for each of `workers`; they begin at once. A group has `group` items, the last one
  /// may have fewer.
  OrderedWork(std::size_t items, std::size_t group, std::vector<Worker> workers)
      : items_(items), group_(group), limit_(std::max(kAhead, 2 * group) * workers.size()) {
    try {
      for (auto& worker : workers)
        threads_.emplace_back([this, work = std::move(worker)] { run(work); });
    } catch (...) {  // the system gives no more threads
      stop();
      throw;
    }
  }
  OrderedWork(const OrderedWork&) = delete;
  OrderedWork& operator=(const OrderedWork&) = delete;
  ~OrderedWork() { stop(); }

  /// The result of the next item in order; throws what its work threw. Call it once for each item.
  Result take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_.contains(taken_); });
    auto answer = std::move(done_.extract(taken_++).mapped());
    changed_.notify_all();
    lock.unlock();
    return answer.take();
  }

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      next_ = items_;  // nothing more is begun
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  void run(const Worker& work) {
    for (auto first = begin(); first < items_; first = begin()) {
      const auto count = std::min(group_, items_ - first);
      auto answers = answered(work, first, count);
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < count; ++i) done_.emplace(first + i, std::move(answers[i]));
      changed_.notify_all();
    }
  }

  // What hits the whole group is every item's failure.
  static std::vector<Attempt<Result>> answered(const Worker& work, std::size_t first,
                                               std::size_t count) {
    auto group = attempt([&] {
      auto answers = work(first, count);
      if (answers.size() == count) return answers;
      throw Error(ErrorCode::internal, "worker: expected " + std::to_string(count) +
                                           " answers, got " + std::to_string(answers.size()) +
                                           "; report this defect");
    });
    if (!group.failure) return group.take();
    std::vector<Attempt<Result>> failed(count);
    for (auto& item : failed) item.failure = group.failure;
    return failed;
  }

  // The first item of the group to work on, or items_ when there is none left.
  std::size_t begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ >= items_ || next_ < taken_ + limit_; });
    const auto first = next_;
    next_ = std::min(items_, next_ + group_);
    return first;
  }

  const std::size_t items_;
  const std::size_t group_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t next_ = 0;   // the first item that nobody has begun
  std::size_t taken_ = 0;  // the first item whose result was not taken
  std::map<std::size_t, Attempt<Result>> done_;
  std::vector<std::thread> threads_;
};

}  // namespace cxrnet::app
