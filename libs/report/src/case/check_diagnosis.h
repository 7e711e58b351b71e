// What a diagnosis must hold to be reported.
#pragma once

#include "cxrnet/pipeline/diagnosis.h"

namespace cxrnet::report {

/// Errors: invalid_shape unless there is one probability per label.
void require_probabilities(const pipeline::Diagnosis& diagnosis);

/// Errors: invalid_shape without an image or an enhanced image.
void require_pictures(const pipeline::Diagnosis& diagnosis);

}  // namespace cxrnet::report
