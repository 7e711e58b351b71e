#include "cxrnet/nn/encoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cxrnet/core/shape.h"
#include "encoder_parts.h"

namespace cxrnet::nn {

Encoder::Levels Encoder::features(const at::Tensor& image) {
  require_shape(image, {-1, options_.input_channels, -1, -1}, "encoder input");
  if (std::min(image.size(2), image.size(3)) < shape_.minimum_size) {
    const auto side = std::to_string(shape_.minimum_size);
    throw Error(ErrorCode::image_too_small,
                "encoder input: expected at least " + side + " x " + side + " pixels for " +
                    std::string(to_string(options_.architecture)) + ", got " +
                    std::to_string(image.size(2)) + " x " + std::to_string(image.size(3)) +
                    "; use a larger input size or another architecture");
  }
  return extract(image);
}

int64_t scaled(int64_t channels, double width) {
  return std::max<int64_t>(8, 8 * std::llround(static_cast<double>(channels) * width / 8.0));
}

Encoder::Levels run_with_taps(torch::nn::Sequential& layers,
                              const std::array<std::size_t, kLevels>& taps,
                              const at::Tensor& image) {
  Encoder::Levels levels;
  auto value = image;
  std::size_t position = 0;
  std::size_t level = 0;
  for (auto& layer : *layers) {
    value = layer.forward(value);
    if (position++ == taps[level]) levels[level++] = value;
  }
  return levels;
}

std::shared_ptr<Encoder> make_encoder(const EncoderOptions& options) {
  validate(options);
  if (options.input_channels == 2) {
    throw Error(ErrorCode::invalid_option,
                "input-channels: expected 1 or 3, got 2; choose 1 for grey images");
  }
  switch (options.architecture) {
    case Architecture::alexnet:
      return make_alexnet(options);
    case Architecture::vgg16:
    case Architecture::vgg19:
      return make_vgg(options);
    case Architecture::resnet34:
    case Architecture::resnet50:
      return make_resnet(options);
    case Architecture::inception_v3:
      return make_inception_v3(options);
  }
  throw Error(ErrorCode::internal,
              "architecture: expected a named one, got another number; report this");
}

}  // namespace cxrnet::nn
