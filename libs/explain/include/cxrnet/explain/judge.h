// Who judges what is left of an image: the explained model itself, or another one.
#pragma once

#include "cxrnet/explain/classifier.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet::explain {

/// `model`'s first pass as a judge: in evaluation mode and without gradient for the call alone, so
/// that the model is left as it was. It shares the model's weights and keeps it alive.
Classifier as_classifier(nn::CxrNet model);

}  // namespace cxrnet::explain
