#include "cxrnet/core/kernel_creation.h"

namespace cxrnet {
namespace {

std::shared_mutex& in_this_process() {
  static std::shared_mutex mutex;
  return mutex;
}

}  // namespace

KernelCreation::KernelCreation(Numbers numbers)
    : side_by_side_(in_this_process(), std::defer_lock),
      alone_(in_this_process(), std::defer_lock) {
  if (numbers == Numbers::f32) {
    side_by_side_.lock();
  } else {
    alone_.lock();
  }
}

}  // namespace cxrnet
