#include "cxrnet/explain/judge.h"

#include <ATen/core/grad_mode.h>

#include "cxrnet/nn/cxr_net.h"
#include "evaluation_mode.h"

namespace cxrnet::explain {

Classifier as_classifier(nn::CxrNet model) {
  return [model = std::move(model)](const at::Tensor& image) mutable {
    const at::NoGradGuard no_grad;
    const EvaluationMode evaluation(*model);
    return model->classify(image);
  };
}

}  // namespace cxrnet::explain
