// Class activation maps: the channels of one encoder level, weighted by what they mean for the
// target and added up. [N, 1, h, w] f32 >= 0 at that level's resolution.
//
// The default level is the last one, which the head averages. That is one pooling later than the
// publications look in VGG and AlexNet (7 x 7 instead of 14 x 14 cells at 224 pixels), the same in
// the ResNets and Inception-V3; `cam_level` chooses another.
#pragma once

#include <ATen/core/Tensor.h>

#include "cxrnet/explain/classifier.h"
#include "cxrnet/nn/forward.h"
#include "cxrnet/nn/options.h"

namespace cxrnet::explain {

struct ActivationOptions {
  int64_t cam_level = 4;           ///< of Grad-CAM, Grad-CAM++ and Score-CAM; 0 is the finest
  int64_t layer_cam_level = 3;     ///< of LayerCAM, made for finer levels
  int64_t score_cam_channels = 0;  ///< 0: every channel, as published

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    constexpr Range kLevel{.minimum = 0, .maximum = static_cast<double>(nn::kLevels) - 1.0};
    visit(self.cam_level,
          Field{"cam-level", "encoder level of Grad-CAM, Grad-CAM++ and Score-CAM, 0 (finest) to 4",
                kLevel});
    visit(self.layer_cam_level,
          Field{"layer-cam-level", "encoder level of LayerCAM, 0 (finest) to 4", kLevel});
    visit(self.score_cam_channels,
          Field{"score-cam-channels",
                "Score-CAM takes the channels that vary most; 0: all, one pass each",
                {.minimum = 0, .maximum = 8192}});
  }
};

/// One level of the encoder and the gradient of each image's target logit there.
struct LevelGradient {
  at::Tensor activation;  ///< [N, C, h, w] f32
  at::Tensor gradient;    ///< [N, C, h, w] f32
};

/// `image` [N, 1, H, W], `target` [N] i64. The graph alone gives the gradient; no hook is set.
LevelGradient level_gradient(nn::CxrNet& model, const at::Tensor& image, const at::Tensor& target,
                             int64_t level, const PassOptions& passes);

/// Selvaraju et al. 2017, "Grad-CAM": a channel's weight is its mean gradient.
at::Tensor grad_cam(const LevelGradient& level);

/// Chattopadhyay et al. 2018, "Grad-CAM++", eq. (10) and (19), with the exponential of the logit as
/// the score, whose derivatives are powers of the gradient.
at::Tensor grad_cam_plus_plus(const LevelGradient& level);

/// Jiang et al. 2021, "LayerCAM": each pixel of a channel is weighted by its own positive gradient.
at::Tensor layer_cam(const LevelGradient& level);

/// Wang et al. 2020, "Score-CAM", algorithm 1: a channel's weight is the softmax, over the
/// channels, of the target's logit of the image multiplied by that channel, which is enlarged and
/// scaled to [0, 1] first. (The black image's logit that the paper subtracts cancels in the
/// softmax.) Constant channels are skipped: they add nothing to a scaled map. `activation` [N, C,
/// h, w].
at::Tensor score_cam(const Classifier& classifier, const at::Tensor& image,
                     const at::Tensor& target, const at::Tensor& activation,
                     const ActivationOptions& options, const PassOptions& passes);

}  // namespace cxrnet::explain
