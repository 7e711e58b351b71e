// Random numbers that are the same on every platform, for any order of work and any number of
// workers.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace cxrnet {

/// A seed derived from several numbers, such as {seed, epoch, sample}: streams of different tuples
/// are independent.
uint64_t derive_seed(std::initializer_list<uint64_t> parts);

/// SplitMix64 (Steele, Lea and Flood 2014) with distributions of our own, since those of <random>
/// differ between standard libraries.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t bits();
  double uniform();                         ///< in [0, 1)
  double uniform(double low, double high);  ///< in [low, high)
  double normal();                          ///< mean 0, variance 1
  double gamma(double shape);               ///< scale 1; Marsaglia and Tsang 2000
  double beta(double a, double b);          ///< in [0, 1]
  std::size_t index(std::size_t size);      ///< in [0, size), without modulo bias; size > 0
  std::vector<std::size_t> permutation(std::size_t size);  ///< of 0 … size − 1; Fisher and Yates

 private:
  uint64_t state_;
};

}  // namespace cxrnet
