// Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019); the paper's
// optimiser is Adam, that is weight decay 0. Written here because its state is part of the
// checkpoint format.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "cxrnet/core/safetensors.h"

namespace torch::nn {
class Module;
}

namespace cxrnet::train {

struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay =
      0.0;  ///< decoupled; matrices and kernels alone, never biases and normalisation parameters
};

class Adam {
 public:
  /// Optimises every parameter of `network` that requires a gradient; the parameters are shared,
  /// not copied.
  Adam(const torch::nn::Module& network, const AdamSettings& settings);

  /// One update from the gradients that are present; parameters without one are left alone.
  void step(double learning_rate);
  void zero_gradients();
  /// Scales all gradients so that their common 2-norm is at most `limit` (0 = no limit); returns
  /// the norm before.
  double clip_gradients(double limit);

  /// Adds the moments ("adam.first.NAME", "adam.second.NAME") and the step count to a checkpoint.
  void save(Safetensors& checkpoint) const;
  /// Errors: corrupt_model when a moment is missing or has another shape.
  void load(const Safetensors& checkpoint);

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter, first, second;
  };
  struct Rates {
    double kept;             // factor of the parameter, below 1 with weight decay
    double step_size;        // learning rate over the first moment's correction
    double root_correction;  // factor of the second moment's root
  };
  struct Lists {
    std::vector<at::Tensor> parameters, gradients, first, second;
  };
  static Lists lists_of(const std::vector<Slot*>& slots);
  bool decays(const Slot& slot) const;
  Rates rates(double learning_rate, bool decays) const;
  void update_arrays(Slot& slot, const Rates& rates) const;
  void update_fused(const std::vector<Slot*>& slots, double learning_rate, bool decaying) const;
  void update_together(const std::vector<Slot*>& slots, const Rates& rates) const;

  AdamSettings settings_;
  std::vector<Slot> slots_;
  int64_t steps_ = 0;
};

}  // namespace cxrnet::train
