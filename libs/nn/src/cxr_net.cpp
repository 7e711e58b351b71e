#include "cxrnet/nn/cxr_net.h"

#include <string>

#include "cxrnet/core/shape.h"

namespace cxrnet::nn {

namespace {

constexpr double kNever = -60.0;  // logit of a cell of which nothing is shown

// JPEG compression leaves up to 12 of 255 beside a mask's edge; hardly a lung's pixel is as dark.
constexpr double kBlack = 1.0 / 16.0;
// A cell of which less is shown lies outside the lungs rather than inside.
constexpr double kLeastShare = 1.0 / 3.0;

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
  if (!has_decoder()) return;
  const auto maps = options.representation == Representation::class_selection ? options.classes : 1;
  decoder_ = register_module("decoder", Decoder(encoder_->channels(), options.decoder, maps));
}

at::Tensor heat_of_class(const at::Tensor& representation, const at::Tensor& target) {
  require_shape(representation, {-1, -1, -1, -1}, "representation");
  require_shape(target, {representation.size(0)}, "target");
  if (representation.size(1) == 1) return representation;
  const auto index = target.to(representation.device())
                         .view({-1, 1, 1, 1})
                         .expand({-1, 1, representation.size(2), representation.size(3)});
  return representation.gather(1, index);
}

at::Tensor shown_share(const at::Tensor& image, int64_t cells) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  const auto shown = image.gt(kBlack).to(at::kFloat);
  const auto share = at::adaptive_avg_pool2d(shown, {cells, cells});
  return share * share.ge(kLeastShare);
}

Encoder::Levels CxrNetImpl::features(const at::Tensor& image) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  const auto normalised = (image - kInputMean) / kInputDeviation;
  return encoder_->features(normalised.expand({-1, options_.encoder.input_channels, -1, -1}));
}

CxrNetOutput CxrNetImpl::forward(const at::Tensor& image) {
  auto output = explain(image);
  if (options_.representation == Representation::image)
    output.representation_logits = classify(output.representation);
  return output;
}

CxrNetOutput CxrNetImpl::explain(const at::Tensor& image) {
  const auto levels = features(image);
  const auto logits = head_->forward(levels.back());
  const auto representation = has_decoder() ? represent(image, levels) : at::Tensor();
  return {.logits = logits,
          .representation = representation,
          .representation_logits = {},
          .pooled_features = average_over_pixels(levels.back()).to(at::kFloat)};
}

at::Tensor CxrNetImpl::selection_logits(const at::Tensor& image, const Encoder::Levels& features) {
  if (!selects()) {
    throw Error(ErrorCode::invalid_option,
                "representation: expected selection or class_selection, got " +
                    std::string(to_string(options_.representation)) +
                    "; train a network of that form");
  }
  const auto cells = options_.selection_cells;
  const auto logits = at::adaptive_avg_pool2d(decoder_->forward(image, features), {cells, cells});
  return logits.masked_fill(shown_share(image, cells).eq(0.0), kNever);
}

// The paper's image is the decoder's own; a selection's cells are interpolated to pixels.
at::Tensor CxrNetImpl::represent(const at::Tensor& image, const Encoder::Levels& features) {
  if (!selects()) {
    const auto drawn = decoder_->forward(image, features);
    // bf16 rounds what is near 1 to 1, where no gradient comes back. What is f32 already stays as
    // it is, so that a trace holds no conversion.
    return (drawn.scalar_type() == at::kFloat ? drawn : drawn.to(at::kFloat)).sigmoid();
  }
  return at::upsample_bilinear2d(selection_logits(image, features).sigmoid(),
                                 image.sizes().slice(2), /*align_corners=*/false);
}

at::Tensor CxrNetImpl::classify(const at::Tensor& image) {
  return head_->forward(features(image).back());
}

at::Tensor CxrNetImpl::pooled_features(const at::Tensor& image) {
  return average_over_pixels(features(image).back()).to(at::kFloat);
}

}  // namespace cxrnet::nn
