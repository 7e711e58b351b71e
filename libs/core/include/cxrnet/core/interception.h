// Replacing what an operation of libtorch does, in one thread for a while.
#pragma once

#include <c10/core/DispatchKey.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace cxrnet {

/// A dispatch key of libtorch that no tensor carries: operations see it where Interception lives.
/// What is registered for it (TORCH_LIBRARY_IMPL(aten, TESTING_ONLY_GenericMode, ...)) replaces the
/// operation then, all others go on as always. All that is registered acts together.
constexpr auto kInterceptionKey = c10::DispatchKey::TESTING_ONLY_GenericMode;

class Interception {
 public:
  Interception();

 private:
  c10::impl::IncludeDispatchKeyGuard guard_;
};

}  // namespace cxrnet
