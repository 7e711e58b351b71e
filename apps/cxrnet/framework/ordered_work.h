// Work on many items by several threads, results in the items' order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace cxrnet::app {

/// At least one worker is needed. Each worker takes the next item as soon as it is free; results
/// wait until their turn comes, at most kAhead for each worker, so that memory does not grow with
/// the number of items.
template <class Result>
class OrderedWork {
 public:
  using Worker = std::function<Result(std::size_t item)>;
  static constexpr std::size_t kAhead = 4;

  /// One thread for each of `workers`; they begin at once.
  OrderedWork(std::size_t items, std::vector<Worker> workers)
      : items_(items), limit_(kAhead * workers.size()) {
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
    auto outcome = std::move(done_.extract(taken_++).mapped());
    changed_.notify_all();
    lock.unlock();
    if (outcome.failure) std::rethrow_exception(outcome.failure);
    return *std::move(outcome.result);
  }

 private:
  struct Outcome {
    std::optional<Result> result;
    std::exception_ptr failure;
  };

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
    for (auto item = begin(); item < items_; item = begin()) {
      Outcome outcome;
      try {
        outcome.result = work(item);
      } catch (...) {
        outcome.failure = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      done_.emplace(item, std::move(outcome));
      changed_.notify_all();
    }
  }

  // The item to work on, or items_ when there is none left.
  std::size_t begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ >= items_ || next_ < taken_ + limit_; });
    return next_ < items_ ? next_++ : items_;
  }

  const std::size_t items_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t next_ = 0;   // the first item that nobody has begun
  std::size_t taken_ = 0;  // the first item whose result was not taken
  std::map<std::size_t, Outcome> done_;
  std::vector<std::thread> threads_;
};

}  // namespace cxrnet::app
