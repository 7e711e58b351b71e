#include "cxrnet/explain/representation.h"

#include <ATen/core/grad_mode.h>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/nn/cxr_net.h"
#include "evaluation_mode.h"

namespace cxrnet::explain {
namespace {

[[noreturn]] void refuse_plain_classifier() {
  throw Error(ErrorCode::invalid_option,
              "method representation: expected a model with a decoder, got a plain classifier; "
              "choose another method");
}

// An undefined `target` stands for the predicted class.
Explanation represent(nn::CxrNet& model, const at::Tensor& image, const at::Tensor& target) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  if (!model->has_decoder()) refuse_plain_classifier();
  const at::NoGradGuard no_gradient;
  const EvaluationMode evaluation(*model);
  const auto output = model->explain(image);
  return {.logits = output.logits,
          .heat = heat_of_answer(output.representation, output.logits, target)};
}

}  // namespace

at::Tensor heat_of_answer(const at::Tensor& representation, const at::Tensor& logits,
                          const at::Tensor& target) {
  if (!representation.defined()) refuse_plain_classifier();
  return nn::heat_of_class(representation, target.defined() ? target : logits.argmax(1));
}

Explanation explain_by_representation(nn::CxrNet& model, const at::Tensor& image) {
  return represent(model, image, {});
}

Explanation explain_by_representation(nn::CxrNet& model, const at::Tensor& image,
                                      const at::Tensor& target) {
  require_shape(target, {-1}, "target");
  return represent(model, image, target);
}

}  // namespace cxrnet::explain
