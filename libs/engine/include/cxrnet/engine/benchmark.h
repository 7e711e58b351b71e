// Fair timing: contenders in alternation, ratios of medians.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cxrnet/engine/options.h"

namespace cxrnet::engine {

struct Contender {
  std::string name;
  std::function<double(int64_t times)> run;  ///< seconds that so many runs took together
};

/// Seconds per run, one figure for each round.
struct Timing {
  std::string name;
  std::vector<double> rounds;

  double median() const;
  double least() const;
  double greatest() const;
};

/// Every contender runs in every round, each time in another order, so that a machine that slows
/// down slows all of them. A contender runs as often in a round as fills `seconds_per_round`.
/// `progress` is told how many turns of how many are done.
std::vector<Timing> alternate(const std::vector<Contender>& contenders, int64_t rounds,
                              double seconds_per_round,
                              const std::function<void(int64_t done, int64_t all)>& progress);

/// Operations per second of the fastest of several large convolutions, oneDNN's direct kernels:
/// what this processor can be brought to with the threads in use. A product and a sum are two.
double peak_operations_per_second(Precision precision);

/// Of a copy that is far larger than the caches, bytes read plus bytes written.
double memory_bytes_per_second();

}  // namespace cxrnet::engine
