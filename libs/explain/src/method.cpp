#include "cxrnet/explain/method.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cxrnet/core/shape.h"
#include "cxrnet/explain/baseline_maps.h"
#include "cxrnet/explain/heat_map.h"
#include "cxrnet/explain/representation.h"
#include "cxrnet/nn/cxr_net.h"
#include "evaluation_mode.h"

namespace cxrnet::explain {
namespace {

void require_question(const Question& question, int64_t classes) {
  const auto& [image, target, lungs] = question;
  require_shape(image, {-1, 1, -1, -1}, "image");
  require_dtype(image, at::kFloat, "image");
  require_shape(target, {image.size(0)}, "target");
  require_dtype(target, at::kLong, "target");
  if (lungs.defined()) {
    require_shape(lungs, {image.size(0), 1, image.size(2), image.size(3)}, "lungs");
    require_dtype(lungs, at::kFloat, "lungs");
  }
  if (image.size(0) == 0) return;
  const auto lowest = target.min().item<int64_t>();
  const auto highest = target.max().item<int64_t>();
  if (lowest >= 0 && highest < classes) return;
  throw Error(ErrorCode::invalid_option, "target: expected classes from 0 to " +
                                             std::to_string(classes - 1) + ", got " +
                                             std::to_string(lowest < 0 ? lowest : highest) +
                                             "; ask about a class of the model");
}

// Class and lungs on the image's device.
Question beside_the_image(const Question& question) {
  const auto device = question.image.device();
  return {.image = question.image,
          .target = question.target.to(device),
          .lungs = question.lungs.defined() ? question.lungs.to(device) : question.lungs};
}

// The decoder's map of each image, as many at a time as a batch holds.
at::Tensor representation_map(nn::CxrNet& model, const Question& question, int64_t batch_size) {
  std::vector<at::Tensor> maps;
  for (int64_t first = 0; first < question.image.size(0); first += batch_size) {
    const auto size = std::min(batch_size, question.image.size(0) - first);
    maps.push_back(explain_by_representation(model, question.image.narrow(0, first, size),
                                             question.target.narrow(0, first, size))
                       .heat);
  }
  return at::cat(maps);
}

LevelGradient activation_level(nn::CxrNet& model, Method method, const Question& question,
                               const MethodOptions& options) {
  const auto level = method == Method::layer_cam ? options.activations.layer_cam_level
                                                 : options.activations.cam_level;
  return level_gradient(model, question.image, question.target, level, options.passes);
}

at::Tensor require_lungs(const Question& question) {
  if (question.lungs.defined()) return question.lungs;
  throw Error(ErrorCode::invalid_option,
              "method lung_mask: expected lung masks, got none; give them or leave it out");
}

at::Tensor require_finite_map(at::Tensor map) {
  if (at::isfinite(map).all().item<bool>()) return map;
  throw Error(ErrorCode::diverged,
              "heat: expected finite numbers, got NaN or infinity; check the model's weights");
}

// The map as the publication defines it, at the method's own resolution: [N, 1, h, w].
at::Tensor raw_map(nn::CxrNet& model, Method method, const Question& question,
                   const MethodOptions& options) {
  const auto& [image, target, lungs] = question;
  const auto& [passes, gradients, activations, masking] = options;
  const Classifier classifier = [&model](const at::Tensor& input) {
    return model->classify(input);
  };
  switch (method) {
    case Method::representation:
      return representation_map(model, question, passes.batch_size);
    case Method::saliency:
      return logit_gradient(classifier, image, target, passes).abs();
    case Method::smoothgrad:
      return smooth_gradient(classifier, image, target, gradients, passes).abs();
    case Method::integrated_gradients:
      return integrated_gradients(classifier, image, target, gradients, passes).abs();
    case Method::grad_cam:
      return grad_cam(activation_level(model, method, question, options));
    case Method::grad_cam_plus_plus:
      return grad_cam_plus_plus(activation_level(model, method, question, options));
    case Method::layer_cam:
      return layer_cam(activation_level(model, method, question, options));
    case Method::score_cam:
      return score_cam(classifier, image, target,
                       activation_level(model, method, question, options).activation, activations,
                       passes);
    case Method::rise:
      return rise(classifier, image, target, masking, passes);
    case Method::occlusion:
      return occlusion(classifier, image, target, masking, passes);
    case Method::random:
      return random_map(image, static_cast<uint64_t>(passes.seed));
    case Method::lung_mask:
      return require_lungs(question);
    case Method::edges:
      return edge_map(image);
  }
  throw Error(ErrorCode::internal, "method: expected a named one, got another number; report this");
}

}  // namespace

at::Tensor explain(nn::CxrNet& model, Method method, const Question& question,
                   const MethodOptions& options) {
  validate(options);
  require_question(question, model->options().classes);
  const at::NoGradGuard no_gradient;
  if (question.image.size(0) == 0) return at::empty_like(question.image);
  const EvaluationMode evaluation(*model);
  const auto map = raw_map(model, method, beside_the_image(question), options);
  if (method == Method::representation) return require_finite_map(map);
  return normalise_heat(upsample_map(map, question.image.size(2), question.image.size(3)));
}

at::Tensor explain_or_dead(nn::CxrNet& model, Method method, const Question& question,
                           const MethodOptions& options) {
  const int64_t images = question.image.size(0);
  try {
    return explain(model, method, question, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::diverged) throw;
  }
  if (images == 1) return at::zeros_like(question.image);
  std::vector<at::Tensor> maps;
  for (int64_t i = 0; i < images; ++i) {
    const auto row = [i](const at::Tensor& all) {
      return all.defined() ? all.narrow(0, i, 1) : all;
    };
    maps.push_back(explain_or_dead(model, method,
                                   {.image = row(question.image),
                                    .target = row(question.target),
                                    .lungs = row(question.lungs)},
                                   options));
  }
  return at::cat(maps);
}

std::string_view describe(Method method) {
  switch (method) {
    case Method::representation:
      return "what the network's own decoder draws (the paper's representation image)";
    case Method::saliency:
      return "size of the logit's gradient at each pixel (Simonyan et al. 2014)";
    case Method::smoothgrad:
      return "size of the gradient averaged over noisy copies (Smilkov et al. 2017)";
    case Method::integrated_gradients:
      return "size of each pixel's share in the logit against a black image (Sundararajan et al. "
             "2017)";
    case Method::grad_cam:
      return "last feature maps weighted by their mean gradients (Selvaraju et al. 2017)";
    case Method::grad_cam_plus_plus:
      return "last feature maps weighted by their positive gradients (Chattopadhyay et al. 2018)";
    case Method::layer_cam:
      return "finer feature maps weighted pixel by pixel by their gradients (Jiang et al. 2021)";
    case Method::score_cam:
      return "last feature maps weighted by the logit of what each lets through (Wang et al. 2020)";
    case Method::rise:
      return "mean logit over random masks that keep a pixel (Petsiuk et al. 2018)";
    case Method::occlusion:
      return "fall of the logit when a square hides a pixel (Zeiler and Fergus 2014)";
    case Method::random:
      return "baseline: uniform noise";
    case Method::lung_mask:
      return "baseline: the lungs";
    case Method::edges:
      return "baseline: edges of the X-ray (Sobel)";
  }
  return "?";
}

}  // namespace cxrnet::explain
