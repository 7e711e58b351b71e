#include "cxrnet/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cxrnet::train {

double learning_rate_at(const ScheduleOptions& options, int64_t step, int64_t steps,
                        int64_t warmup_steps) {
  const double first = options.learning_rate;
  const double last = options.final_learning_rate;
  if (step < warmup_steps)
    return first * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  const int64_t decaying = std::max<int64_t>(1, steps - 1 - warmup_steps);
  const double progress =
      std::min(1.0, static_cast<double>(step - warmup_steps) / static_cast<double>(decaying));
  switch (options.decay) {
    case Decay::constant:
      return first;
    case Decay::exponential:
      return last > 0.0 ? first * std::pow(last / first, progress) : first * (1.0 - progress);
    case Decay::cosine:
      return last + 0.5 * (first - last) * (1.0 + std::cos(std::numbers::pi * progress));
  }
  return first;
}

}  // namespace cxrnet::train
