#include "cxrnet/pipeline/explanation.h"

#include <ATen/Functions.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/explain/localisation.h"
#include "cxrnet/imaging/resize.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/image_tensor.h"

namespace cxrnet::pipeline {
namespace {

// f32 [1, 1, H, W] to CV_32FC1 with memory of its own.
cv::Mat to_float_image(const at::Tensor& map) {
  const auto values = map.detach().to(at::kCPU, at::kFloat).contiguous();
  const cv::Mat view(static_cast<int>(values.size(2)), static_cast<int>(values.size(3)), CV_32FC1,
                     values.data_ptr());
  return view.clone();
}

// The lungs in the classifier's square, 0 or 1; undefined without a mask.
at::Tensor lungs_in_square(const Diagnosis& diagnosis, const nn::Preprocessing& preprocessing) {
  if (diagnosis.mask.empty()) return {};
  const auto square = imaging::resize_to_square(
      diagnosis.mask, static_cast<int>(preprocessing.size), preprocessing.aspect);
  return to_tensor(square > 127);
}

metrics::Figure share_inside(const cv::Mat& heat, const cv::Mat& mask) {
  if (mask.empty()) return metrics::undefined("the model has no segmenter");
  const auto map = at::from_blob(heat.data, {1, 1, heat.rows, heat.cols}, at::kFloat);
  return explain::heat_inside(map, to_tensor(mask)).front();
}

}  // namespace

bool applies(explain::Method method, const nn::ModelFile& model) {
  if (method == explain::Method::representation) return model.classifier->has_decoder();
  if (method == explain::Method::lung_mask) return static_cast<bool>(model.segmenter);
  return true;
}

std::vector<MethodHeat> explain_diagnosis(Diagnoser& diagnoser, const Diagnosis& diagnosis,
                                          int64_t target,
                                          const std::vector<explain::Method>& methods,
                                          const explain::MethodOptions& options) {
  const auto& model = diagnoser.model();
  const explain::Question question{.image = to_tensor(diagnosis.enhanced),
                                   .target = at::full({1}, target, at::kLong),
                                   .lungs = lungs_in_square(diagnosis, model.preprocessing)};
  const auto placement =
      imaging::place_in_square(diagnosis.image.size(), static_cast<int>(model.preprocessing.size),
                               model.preprocessing.aspect);
  auto classifier = model.classifier;
  std::vector<MethodHeat> answers;
  for (const auto method : methods) {
    const auto map = to_float_image(method == explain::Method::representation
                                        ? diagnoser.representation(diagnosis, target)
                                        : explain::explain(classifier, method, question, options));
    MethodHeat answer{.method = method,
                      .heat = imaging::back_to_source(map, placement, cv::INTER_LINEAR),
                      .inside_lung = {}};
    answer.inside_lung = share_inside(answer.heat, diagnosis.mask);
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace cxrnet::pipeline
