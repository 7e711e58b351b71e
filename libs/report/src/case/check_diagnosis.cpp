#include "case/check_diagnosis.h"

#include "cxrnet/core/error.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::report {

void require_probabilities(const pipeline::Diagnosis& diagnosis) {
  if (diagnosis.probabilities.size() == nn::kLabels.size()) return;
  throw Error(ErrorCode::invalid_shape,
              "probabilities: expected " + std::to_string(nn::kLabels.size()) + " of them, got " +
                  std::to_string(diagnosis.probabilities.size()) + "; give one per label");
}

void require_pictures(const pipeline::Diagnosis& diagnosis) {
  if (!diagnosis.image.empty() && !diagnosis.enhanced.empty()) return;
  throw Error(ErrorCode::invalid_shape,
              "diagnosis: expected the image and the enhanced image, got an empty one; report what "
              "Diagnoser::diagnose returns");
}

}  // namespace cxrnet::report
