#include "cxrnet/explain/representation.h"

#include <ATen/core/grad_mode.h>

#include "cxrnet/core/shape.h"

namespace cxrnet::explain {
namespace {

// Evaluation mode while it lives.
class EvaluationMode {
 public:
  explicit EvaluationMode(torch::nn::Module& module)
      : module_(module), was_training_(module.is_training()) {
    module_.eval();
  }
  ~EvaluationMode() { module_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  torch::nn::Module& module_;
  bool was_training_;
};

}  // namespace

Explanation explain_by_representation(nn::CxrNet& model, const at::Tensor& image) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation(*model);
  const auto output = model->explain(image);
  return {.logits = output.logits, .heat = output.representation};
}

}  // namespace cxrnet::explain
