// Explanation methods under one contract: which pixels does the logit of a class rest on?
//
// The score is always the logit (before the softmax). Bright means important. The model is left as
// it was: the mode of each of its modules, requires_grad, the parameters' gradients, hooks, and the
// global random generator; after an error, too.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"
#include "cxrnet/explain/class_activation.h"
#include "cxrnet/explain/classifier.h"
#include "cxrnet/explain/gradient_maps.h"
#include "cxrnet/explain/masking_maps.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet {
namespace explain {

enum class Method {
  representation,        ///< the network's own, from its decoder (representation.h)
  saliency,              ///< gradient_maps.h
  smoothgrad,            ///< gradient_maps.h
  integrated_gradients,  ///< gradient_maps.h
  grad_cam,              ///< class_activation.h
  grad_cam_plus_plus,    ///< class_activation.h
  layer_cam,             ///< class_activation.h
  score_cam,             ///< class_activation.h
  rise,                  ///< masking_maps.h
  occlusion,             ///< masking_maps.h
  random,                ///< baseline_maps.h
  lung_mask,             ///< the lungs given with the question
  edges,                 ///< baseline_maps.h
};

}  // namespace explain

template <>
struct EnumNames<explain::Method> {
  using enum explain::Method;
  static constexpr std::array<std::pair<explain::Method, std::string_view>, 13> values{{
      {representation, "representation"},
      {saliency, "saliency"},
      {smoothgrad, "smoothgrad"},
      {integrated_gradients, "integrated_gradients"},
      {grad_cam, "grad_cam"},
      {grad_cam_plus_plus, "grad_cam_plus_plus"},
      {layer_cam, "layer_cam"},
      {score_cam, "score_cam"},
      {rise, "rise"},
      {occlusion, "occlusion"},
      {random, "random"},
      {lung_mask, "lung_mask"},
      {edges, "edges"},
  }};
};

namespace explain {

struct MethodOptions {
  PassOptions passes;
  GradientOptions gradients;
  ActivationOptions activations;
  MaskingOptions masking;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    cxrnet::visit_fields(self.passes, visit);
    cxrnet::visit_fields(self.gradients, visit);
    cxrnet::visit_fields(self.activations, visit);
    cxrnet::visit_fields(self.masking, visit);
  }
};

/// What is asked of a batch of images.
struct Question {
  at::Tensor image;   ///< [N, 1, H, W] f32 in [0, 1], the classifier's input
  at::Tensor target;  ///< [N] i64, the class asked about
  at::Tensor lungs;   ///< [N, 1, H, W] f32, 0 or 1; may be undefined unless for Method::lung_mask
};

/// Heat map [N, 1, H, W] f32 in [0, 1] on the image's device, each image's scaled to its own
/// minimum and maximum (normalise_heat). The representation alone stays as the network draws it. An
/// image's map does not depend on the others of its batch. Errors: invalid_shape; invalid_option
/// for a target that is no class of the model, an option out of range, Method::lung_mask without
/// lungs, Method::representation without a decoder; image_too_small; diverged when the model gives
/// NaN or infinity.
at::Tensor explain(nn::CxrNet& model, Method method, const Question& question,
                   const MethodOptions& options = {});

/// The same for measuring many images: where the model gives NaN or infinity for an image, its map
/// is 0 everywhere, dead (heat_map.h), and the others stand. Errors: as explain, but for diverged.
at::Tensor explain_or_dead(nn::CxrNet& model, Method method, const Question& question,
                           const MethodOptions& options = {});

/// The method, its publication and what is bright, in one line.
std::string_view describe(Method method);

}  // namespace explain
}  // namespace cxrnet
