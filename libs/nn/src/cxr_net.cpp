#include "cxrnet/nn/cxr_net.h"

#include "cxrnet/core/shape.h"

namespace cxrnet::nn {

namespace {

at::Tensor average_over_pixels(const at::Tensor& features) {
  return at::adaptive_avg_pool2d(features, {1, 1}).flatten(1);
}

}  // namespace

HeadImpl::HeadImpl(int64_t features, int64_t classes, double dropout)
    : dropout_(dropout), fc_(register_module("fc", torch::nn::Linear(features, classes))) {}

at::Tensor HeadImpl::forward(const at::Tensor& features) {
  const auto pooled = average_over_pixels(features);
  return fc_->forward(at::dropout(pooled, dropout_, is_training())).to(at::kFloat);
}

CxrNetImpl::CxrNetImpl(const CxrNetOptions& options) : options_(options) {
  validate(options);
  encoder_ = register_module("encoder", make_encoder(options.encoder));
  head_ =
      register_module("head", Head(encoder_->channels().back(), options.classes, options.dropout));
  decoder_ = register_module("decoder", Decoder(encoder_->channels(), options.decoder_widths));
}

Encoder::Levels CxrNetImpl::features(const at::Tensor& image) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  const auto normalised = (image - kInputMean) / kInputDeviation;
  return encoder_->features(normalised.expand({-1, options_.encoder.input_channels, -1, -1}));
}

CxrNetOutput CxrNetImpl::forward(const at::Tensor& image) {
  const auto levels = features(image);
  const auto logits = head_->forward(levels.back());
  const auto representation = decoder_->forward(image, levels);
  const auto logits_again = head_->forward(features(representation).back());
  return {
      .logits = logits, .representation = representation, .representation_logits = logits_again};
}

CxrNetOutput CxrNetImpl::explain(const at::Tensor& image) {
  const auto levels = features(image);
  const auto logits = head_->forward(levels.back());
  const auto representation = decoder_->forward(image, levels);
  return {.logits = logits, .representation = representation, .representation_logits = {}};
}

at::Tensor CxrNetImpl::classify(const at::Tensor& image) {
  return head_->forward(features(image).back());
}

at::Tensor CxrNetImpl::pooled_features(const at::Tensor& image) {
  return average_over_pixels(features(image).back()).to(at::kFloat);
}

}  // namespace cxrnet::nn
