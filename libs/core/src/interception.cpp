#include "cxrnet/core/interception.h"

#include <torch/library.h>

namespace cxrnet {

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFallthrough());
}

Interception::Interception() : guard_(c10::DispatchKey::TESTING_ONLY_GenericMode) {}

}  // namespace cxrnet
