// The progress bar of training, epoch by epoch.
#pragma once

#include <cstdint>
#include <optional>

#include "cxrnet/train/trainer.h"
#include "framework/console.h"

namespace cxrnet::app {

class EpochBar {
 public:
  explicit EpochBar(Console& console) : console_(console) {}
  /// The first step of an epoch begins a new bar.
  void show(const train::StepReport& step);
  /// Ends the bar, so that a message may follow.
  void end() { bar_.reset(); }

 private:
  Console& console_;
  std::optional<ProgressBar> bar_;
  int64_t epoch_ = 0;
};

}  // namespace cxrnet::app
