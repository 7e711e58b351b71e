// Gradient maps: how the target's logit answers to each pixel. All are signed, [N, 1, H, W] f32;
// the heat map is their absolute value, as the publications show them.
//
// The input is one grey channel. Where the encoder takes three, each of them is that channel, so
// that the gradient is the sum over them. The classifier must be differentiable, and treat the
// images of a batch independently, as a network in evaluation mode does.
#pragma once

#include <ATen/core/Tensor.h>

#include "cxrnet/explain/classifier.h"

namespace cxrnet::explain {

struct GradientOptions {
  int64_t smoothgrad_samples = 50;          ///< Smilkov et al. 2017, section 3.2
  double smoothgrad_noise = 0.15;           ///< there 0.1 to 0.2
  int64_t integrated_gradients_steps = 50;  ///< Sundararajan et al. 2017, section 5: 20 to 300

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.smoothgrad_samples,
          Field{"smoothgrad-samples", "noisy copies per image", {.minimum = 1, .maximum = 10000}});
    visit(self.smoothgrad_noise,
          Field{"smoothgrad-noise",
                "standard deviation of the noise, as a share of the image's grey range",
                {.minimum = 0.0, .maximum = 1.0}});
    visit(self.integrated_gradients_steps,
          Field{"integrated-gradients-steps",
                "points of the midpoint rule between the black image and the image",
                {.minimum = 1, .maximum = 10000}});
  }
};

/// d logit / d pixel: Simonyan, Vedaldi, Zisserman 2014, "Deep Inside Convolutional Networks".
/// `image` [N, 1, H, W], `target` [N] i64.
at::Tensor logit_gradient(const Classifier& classifier, const at::Tensor& image,
                          const at::Tensor& target, const PassOptions& passes);

/// Mean gradient over noisy copies: Smilkov et al. 2017, "SmoothGrad". Every image gets the same
/// noise, scaled by its grey range (maximum - minimum).
at::Tensor smooth_gradient(const Classifier& classifier, const at::Tensor& image,
                           const at::Tensor& target, const GradientOptions& options,
                           const PassOptions& passes);

/// Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks": pixel times the mean
/// gradient on the straight path from the black image, by the midpoint rule. Completeness: an
/// image's attributions sum to its logit minus the black image's, up to the rule's error.
at::Tensor integrated_gradients(const Classifier& classifier, const at::Tensor& image,
                                const at::Tensor& target, const GradientOptions& options,
                                const PassOptions& passes);

}  // namespace cxrnet::explain
