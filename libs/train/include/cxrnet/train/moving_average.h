// Exponential moving average of a network's weights; validated and shipped instead of the last
// step's weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "cxrnet/core/safetensors.h"

namespace torch::nn {
class Module;
}

namespace cxrnet::train {

class MovingAverage {
 public:
  /// `decay` in [0, 1); 0 means that the average is the network itself. Early steps use min(decay,
  /// (1 + n) / (10 + n)), so that the random start is forgotten.
  MovingAverage(torch::nn::Module& network, double decay);

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
  double decay_;
  int64_t updates_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace cxrnet::train
