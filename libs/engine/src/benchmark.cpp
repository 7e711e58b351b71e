#include "cxrnet/engine/benchmark.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

#include "cxrnet/engine/compiled_graph.h"

namespace cxrnet::engine {
namespace {

// Channels and side of 3x3 convolutions that occur in encoders.
struct PeakSpec {
  int64_t channels, side;
};
constexpr std::array<PeakSpec, 3> kPeaks{{{128, 28}, {256, 14}, {512, 14}}};
constexpr int64_t kPeakRuns = 30;
constexpr int64_t kCopyNumbers = int64_t{1} << 26;  // 256 MiB
constexpr int64_t kCopyRuns = 5;

Graph one_convolution(const PeakSpec& spec) {
  const Shape map{1, spec.channels, spec.side, spec.side};
  Graph graph;
  graph.input = graph.add_value({1, 1, spec.side, spec.side});
  const auto wide = graph.add_value(map);
  const std::vector<ValueId> repeated(static_cast<std::size_t>(spec.channels), graph.input);
  graph.nodes.push_back({.operation = Concat{}, .inputs = repeated, .output = wide});
  const auto result = graph.add_value(map);
  graph.nodes.push_back(
      {.operation = Convolution{.weight = at::rand({spec.channels, spec.channels, 3, 3}),
                                .bias = at::zeros({spec.channels}),
                                .padding = {1, 1}},
       .inputs = {wide},
       .output = result});
  graph.outputs = {result};
  graph.values[graph.input].range = Range{0.0, 1.0};
  graph.values[wide].range = Range{0.0, 1.0};
  return graph;
}

double operations_per_second(const PeakSpec& spec, Precision precision) {
  CompiledGraph compiled(one_convolution(spec), 1, {.precision = precision, .winograd = false});
  const auto seconds = compiled.time_steps(at::rand({1, 1, spec.side, spec.side}), kPeakRuns);
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const auto products = compiled.steps()[i].multiply_accumulates;
    if (products > 0) return 2.0 * static_cast<double>(products) / seconds[i];
  }
  return 0.0;
}

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
  for (const auto& spec : kPeaks) peak = std::max(peak, operations_per_second(spec, precision));
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
