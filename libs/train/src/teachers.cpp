#include "cxrnet/train/teachers.h"

#include <ATen/Functions.h>

#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "device.h"

namespace cxrnet::train {

namespace {

nlohmann::json without_size(const nn::Preprocessing& preprocessing) {
  auto options = options_to_json(preprocessing);
  options.erase("size");
  return options;
}

}  // namespace

Teachers::Teachers(const std::vector<nn::ModelFile>& models, double weight,
                   const nn::Preprocessing& preprocessing)
    : weight_(weight) {
  if (!(weight >= 0.0 && weight <= 1.0)) {
    throw Error(ErrorCode::invalid_option, "teachers' weight: expected 0 to 1, got " +
                                               std::to_string(weight) + "; choose another");
  }
  const auto prepared = without_size(preprocessing);
  for (const auto& model : models) {
    if (!model.classifier || !model.calibration.fitted) {
      throw Error(ErrorCode::invalid_option,
                  "teachers: expected models with a calibrated classifier, got one without; give "
                  "another");
    }
    if (const auto theirs = without_size(model.preprocessing); theirs != prepared) {
      throw Error(ErrorCode::invalid_option,
                  "teachers: expected models for images prepared as these (" + prepared.dump() +
                      "), got one for " + theirs.dump() + "; give another, or prepare anew");
    }
    teachers_.push_back({model.name, model.classifier, model.calibration.temperature});
  }
}

void Teachers::move_to(at::Device device) {
  for (auto& teacher : teachers_) {
    place_network(*teacher.network, device, /*channels_last=*/true);
    teacher.network->eval();
  }
}

at::Tensor Teachers::mix_into(const at::Tensor& target, const at::Tensor& image) const {
  if (teachers_.empty()) return target;
  const at::NoGradGuard no_grad;
  auto probabilities = at::zeros_like(target);
  for (const auto& teacher : teachers_) {
    auto classifier = teacher.network;  // a handle
    const auto logits = classifier->classify(image).to(at::kFloat);
    require_shape(logits, {target.size(0), target.size(1)}, "teacher's logits");
    probabilities += (logits / teacher.temperature).softmax(1);
  }
  const auto mixed = target.lerp(probabilities / static_cast<double>(teachers_.size()), weight_);
  const auto uniform = target.amax(1, /*keepdim=*/true) == target.amin(1, /*keepdim=*/true);
  return at::where(uniform, target, mixed);
}

nlohmann::json Teachers::describe() const {
  auto names = nlohmann::json::array();
  for (const auto& teacher : teachers_) names.push_back({teacher.name, teacher.temperature});
  return {{"models", names}, {"weight", teachers_.empty() ? 0.0 : weight_}};
}

}  // namespace cxrnet::train
