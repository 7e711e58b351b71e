// CXR-Net: encoder, decoder and the same encoder again (paper section III-B, Fig. 4).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/nn/decoder.h"
#include "cxrnet/nn/encoder.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::nn {

struct CxrNetOptions {
  EncoderOptions encoder;
  int64_t classes = kClasses;
  std::vector<int64_t> decoder_widths{256, 128, 64, 32,
                                      16};  ///< channels of each decoder level, coarsest first
  double dropout = 0.0;                     ///< probability, before the linear layer

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    cxrnet::visit_fields(self.encoder, visit);
    visit(self.classes, Field{"classes", "number of classes", {.minimum = 2, .maximum = 1000}});
    visit(self.decoder_widths, Field{"decoder-widths",
                                     "channels of the five decoder levels, coarsest first",
                                     {.minimum = 1, .maximum = 1024}});
    visit(self.dropout, Field{"dropout",
                              "dropout probability before the linear layer",
                              {.minimum = 0.0, .maximum = 0.95}});
  }
};

/// Grey values are brought near zero mean and unit variance by (x - mean) / deviation, inside the
/// networks.
inline constexpr double kInputMean = 0.5;
inline constexpr double kInputDeviation = 0.25;

struct CxrNetOutput {
  at::Tensor logits;                 ///< [N, classes] f32, of the image: the prediction
  at::Tensor representation;         ///< [N, 1, H, W] f32 in [0, 1]: the heat map
  at::Tensor representation_logits;  ///< [N, classes] f32, of the representation; undefined unless
                                     ///< both passes ran
};

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

/// Submodules `encoder`, `head` and `decoder`. Every `image` is [N, 1, H, W] f32 in [0, 1] and
/// normalised inside.
class CxrNetImpl : public torch::nn::Module {
 public:
  /// Random weights. Errors: invalid_option.
  explicit CxrNetImpl(const CxrNetOptions& options = {});

  CxrNetOutput forward(const at::Tensor& image);  ///< both passes, for training
  CxrNetOutput explain(
      const at::Tensor& image);  ///< logits and representation; the second pass is skipped
  at::Tensor classify(const at::Tensor& image);  ///< logits alone

  /// The head's input: the last level averaged over its pixels, [N, C] f32.
  at::Tensor pooled_features(const at::Tensor& image);

  /// The encoder's levels of `image`, normalised as every pass does.
  Encoder::Levels features(const at::Tensor& image);

  const CxrNetOptions& options() const { return options_; }
  Encoder& encoder() { return *encoder_; }
  Decoder decoder() const { return decoder_; }
  Head head() const { return head_; }

 private:
  CxrNetOptions options_;
  std::shared_ptr<Encoder> encoder_;
  Head head_{nullptr};
  Decoder decoder_{nullptr};
};
TORCH_MODULE(CxrNet);

}  // namespace cxrnet::nn
