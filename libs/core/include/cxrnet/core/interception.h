// Replacing what an operation of libtorch does, in one thread for a while.
#pragma once

#include <c10/core/impl/LocalDispatchKeySet.h>

namespace cxrnet {

/// While it lives, this thread's operations see a dispatch key of libtorch that no tensor carries.
/// What is registered for it (TORCH_LIBRARY_IMPL(aten, TESTING_ONLY_GenericMode, ...)) replaces the
/// operation then, all others go on as always. All that is registered acts together.
class Interception {
 public:
  Interception();

 private:
  c10::impl::IncludeDispatchKeyGuard guard_;
};

}  // namespace cxrnet
