// How programs are started that this one needs.
#pragma once

#include <spawn.h>

namespace cxrnet {

/// For posix_spawn: the child takes signals as if a shell had started it, whichever of them this
/// process keeps from its threads or ignores.
class ChildAttributes {
 public:
  ChildAttributes();
  ChildAttributes(const ChildAttributes&) = delete;
  ChildAttributes& operator=(const ChildAttributes&) = delete;
  ~ChildAttributes() { posix_spawnattr_destroy(&attributes_); }

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace cxrnet
