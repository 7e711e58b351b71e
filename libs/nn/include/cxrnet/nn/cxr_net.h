// CXR-Net: encoder, decoder and the same encoder again (paper section III-B, Fig. 4).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "cxrnet/nn/decoder.h"
#include "cxrnet/nn/encoder.h"
#include "cxrnet/nn/options.h"

namespace cxrnet::nn {

/// Grey values are brought near zero mean and unit variance by (x - mean) / deviation, inside the
/// networks.
inline constexpr double kInputMean = 0.5;
inline constexpr double kInputDeviation = 0.25;

struct CxrNetOutput {
  at::Tensor logits;          ///< [N, classes] f32, of the image: the prediction
  at::Tensor representation;  ///< [N, maps, H, W] f32 in [0, 1]: the heat map, or one per class;
                              ///< undefined without a decoder
  at::Tensor representation_logits;  ///< [N, classes] f32, of the representation image; undefined
                                     ///< for other forms and unless both passes ran
  at::Tensor pooled_features = {};   ///< [N, C] f32: the last level's mean over pixels, which the
                                     ///< head reads
};

/// The heat map [N, 1, H, W] that speaks of class `target` [N] i64: that class's channel, or the
/// only one. Errors: invalid_shape.
at::Tensor heat_of_class(const at::Tensor& representation, const at::Tensor& target);

/// What a selection can choose from: of each of `cells` x `cells` cells the share of pixels that
/// are not black (above 1 / 16), which is what the lung mask has left; 0 below one third. `image`
/// [N, 1, H, W] -> [N, 1, cells, cells] f32 in [0, 1]. Errors: invalid_shape.
at::Tensor shown_share(const at::Tensor& image, int64_t cells);

/// Average pooling and one linear layer, `fc`.
class HeadImpl : public torch::nn::Module {
 public:
  HeadImpl(int64_t features, int64_t classes, double dropout);

  at::Tensor forward(const at::Tensor& features);  ///< [N, C, h, w] -> logits [N, classes] f32

  torch::nn::Linear fc() const { return fc_; }

 private:
  double dropout_;
  torch::nn::Linear fc_{nullptr};
};
TORCH_MODULE(Head);

/// Submodules `encoder`, `head` and, unless there is no representation, `decoder`. Every `image` is
/// [N, 1, H, W] f32 in [0, 1] and normalised inside.
class CxrNetImpl : public torch::nn::Module {
 public:
  /// Random weights. Errors: invalid_option.
  explicit CxrNetImpl(const CxrNetOptions& options = {});

  CxrNetOutput forward(const at::Tensor& image);  ///< with the second pass where there is one
  CxrNetOutput explain(
      const at::Tensor& image);  ///< logits and representation; the second pass is skipped
  at::Tensor classify(const at::Tensor& image);  ///< logits alone

  /// The head's input: the last level averaged over its pixels, [N, C] f32.
  at::Tensor pooled_features(const at::Tensor& image);

  /// The encoder's levels of `image`, normalised as every pass does.
  Encoder::Levels features(const at::Tensor& image);

  /// What the selecting decoder says of each cell: logits [N, maps, cells, cells] f32. A cell whose
  /// shown_share is 0 is never selected. Errors: invalid_option for a network of another form.
  at::Tensor selection_logits(const at::Tensor& image, const Encoder::Levels& features);

  const CxrNetOptions& options() const { return options_; }
  bool has_decoder() const { return options_.representation != Representation::none; }
  bool selects() const { return nn::selects(options_.representation); }
  Encoder& encoder() { return *encoder_; }
  Decoder decoder() const { return decoder_; }  ///< null without one
  Head head() const { return head_; }

 private:
  at::Tensor represent(const at::Tensor& image, const Encoder::Levels& features);

  CxrNetOptions options_;
  std::shared_ptr<Encoder> encoder_;
  Head head_{nullptr};
  Decoder decoder_{nullptr};
};
TORCH_MODULE(CxrNet);

}  // namespace cxrnet::nn
