// The progress bar of an epoch of training.
#pragma once

#include <optional>

#include "cxrnet/train/trainer.h"
#include "framework/console.h"

namespace cxrnet::app {

/// Shows each step in `bar`, which is made for the first step of an epoch; whoever owns it resets
/// it when the epoch has ended.
void show_step(Console& console, std::optional<ProgressBar>& bar, const train::StepReport& step);

}  // namespace cxrnet::app
