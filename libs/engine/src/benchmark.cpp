#include "cxrnet/engine/benchmark.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

#include "cxrnet/engine/processor.h"

namespace cxrnet::engine {
namespace {

// Convolutions that occur in encoders.
constexpr std::array<ConvolutionSize, 3> kPeaks{{{128, 28}, {256, 14}, {512, 14}}};
constexpr int64_t kPeakRuns = 30;
constexpr int64_t kCopyNumbers = int64_t{1} << 26;  // 256 MiB
constexpr int64_t kCopyRuns = 5;

int64_t times_that_fill(const Contender& contender, double seconds) {
  contender.run(1);  // what is compiled or allocated on the first run
  const double one = std::max(contender.run(1), 1e-6);
  return std::max<int64_t>(1, std::llround(seconds / one));
}

}  // namespace

double Timing::median() const {
  auto sorted = rounds;
  std::sort(sorted.begin(), sorted.end());
  const auto middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}
double Timing::least() const { return *std::min_element(rounds.begin(), rounds.end()); }
double Timing::greatest() const { return *std::max_element(rounds.begin(), rounds.end()); }

std::vector<Timing> alternate(const std::vector<Contender>& contenders, int64_t rounds,
                              double seconds_per_round,
                              const std::function<void(int64_t, int64_t)>& progress) {
  std::vector<Timing> timings;
  std::vector<int64_t> times;
  for (const auto& contender : contenders) {
    timings.push_back({.name = contender.name, .rounds = {}});
    times.push_back(times_that_fill(contender, seconds_per_round));
  }
  const auto count = contenders.size();
  const auto turns = rounds * static_cast<int64_t>(count);
  for (int64_t turn = 0; turn < turns; ++turn) {
    const auto round = static_cast<std::size_t>(turn) / count;
    const auto which = (static_cast<std::size_t>(turn) + round) % count;
    timings[which].rounds.push_back(contenders[which].run(times[which]) /
                                    static_cast<double>(times[which]));
    progress(turn + 1, turns);
  }
  return timings;
}

double peak_operations_per_second(Precision precision) {
  double peak = 0.0;
  for (const auto& size : kPeaks)
    peak = std::max(peak, convolution_rate(size, precision, kPeakRuns));
  return peak;
}

double memory_bytes_per_second() {
  const auto source = at::ones({kCopyNumbers});
  auto target = at::empty_like(source);
  double least = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < kCopyRuns; ++i) {
    const auto start = std::chrono::steady_clock::now();
    target.copy_(source);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    least = std::min(least, taken.count());
  }
  return 2.0 * static_cast<double>(source.nbytes()) / least;
}

}  // namespace cxrnet::engine
