// Tracing asks a network which operations it does, not what they give: convolutions, nearly all of
// the work, need not be computed.
#pragma once

#include "cxrnet/core/interception.h"

namespace cxrnet::engine {

/// While it lives, convolutions of this thread give maps of the right shape with any numbers.
/// Kinds that are not intercepted (transposed ones, small dilated ones) compute as always.
class UncomputedConvolutions {
 public:
  UncomputedConvolutions();

 private:
  Interception interception_;
};

}  // namespace cxrnet::engine
