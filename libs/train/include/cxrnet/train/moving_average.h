// Average of a network's weights over the steps of a run, validated and shipped instead of the last
// step's weights: an exponential moving one, or from some step on the plain mean (stochastic weight
// averaging, Izmailov et al. 2018).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cxrnet/core/safetensors.h"

namespace torch::nn {
class Module;
}

namespace cxrnet::train {

struct Averaging {
  double decay = 0.0;  ///< per update, in [0, 1); 0 means that the average is the network itself
  int64_t equal_after = std::numeric_limits<int64_t>::max();  ///< updates; later ones count equally
};

class MovingAverage {
 public:
  /// Early steps use min(decay, (1 + n) / (10 + n)), so that the random start is forgotten.
  MovingAverage(torch::nn::Module& network, const Averaging& averaging);

  void update();
  /// Exchanges the network's weights with the average; call it twice to validate with the average
  /// and go on.
  void swap();

  void save(Safetensors& checkpoint) const;  ///< "average.NAME"
  void load(const Safetensors& checkpoint);  ///< errors: corrupt_model

 private:
  struct Slot {
    std::string name;
    at::Tensor live, average;
  };
  double next_decay() const;

  Averaging averaging_;
  int64_t updates_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace cxrnet::train
