// A network as what most methods and every measure see of it, and how often it is asked.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "cxrnet/core/options.h"

namespace cxrnet::explain {

/// Images [N, 1, H, W] f32 in [0, 1] -> logits [N, classes] f32.
using Classifier = std::function<at::Tensor(const at::Tensor& image)>;

/// What every method's own passes have in common.
struct PassOptions {
  int64_t batch_size = 16;  ///< images in one pass; more is faster and takes more memory
  int64_t seed = 1;         ///< of noise and random masks

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.batch_size, Field{"explain-batch",
                                 "images in one pass of a method; more takes more memory",
                                 {.minimum = 1, .maximum = 4096}});
    visit(self.seed, Field{"explain-seed", "seed of noise and random masks", {.minimum = 0}});
  }
};

}  // namespace cxrnet::explain
