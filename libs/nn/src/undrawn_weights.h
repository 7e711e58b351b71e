// Networks whose weights will be read from a file need none drawn at random, which takes longer
// than reading them.
#pragma once

#include "cxrnet/core/interception.h"

namespace cxrnet::nn {

/// While it lives, what draws weights leaves them as they are in this thread, and the generator,
/// too.
class UndrawnWeights {
 public:
  UndrawnWeights();

 private:
  Interception interception_;
};

}  // namespace cxrnet::nn
